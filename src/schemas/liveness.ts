import { Type } from '@sinclair/typebox'
import type { Liveness } from '../pipelines/contract.ts'
import { oneOf } from './parameters.ts'

const LivenessFields = {
  is_real: Type.Boolean({ description: 'Whether the face is in front of the camera, and no print or screen.' }),
  antispoof_score: Type.Number({ description: 'How sure that is, whichever it is, 0.33..1.' })
}

/** Fields of a face that tell its liveness, in answers to `anti_spoofing: "report"` and to `include` with `liveness`. */
export const livenessFields = {
  is_real: Type.Optional(LivenessFields.is_real),
  antispoof_score: Type.Optional(LivenessFields.antispoof_score)
}

const LivenessSchema = Type.Object(LivenessFields, { title: 'Liveness', description: 'Whether a face is real.' })

/** Liveness of faces that the answer has no other place for. */
export const livenessOfFaces = Type.Optional(Type.Array(LivenessSchema, {
  description: 'With anti_spoofing "report": one for each face of what was sent, in the order of its faces.'
}))

interface Checked {
  readonly liveness?: Liveness
}

const asLiveness = ({ isReal, score }: Liveness) => ({ is_real: isReal, antispoof_score: score })

/** Maps a face to the fields that tell its liveness; none where it is not reported. */
export const livenessOf = ({ liveness }: Checked) => liveness ? asLiveness(liveness) : {}

/** Maps faces to the field that tells the liveness of each; none unless it is asked for. */
export const livenessOfEach = (faces: readonly Checked[], antiSpoofing: boolean | 'report') =>
  antiSpoofing === 'report' ? { liveness: faces.flatMap(({ liveness }) => liveness ? [asLiveness(liveness)] : []) } : {}

/** Fields of a verdict on two faces that say why they are not verified whatever their distance. */
export const spoofFields = {
  reason: Type.Optional(oneOf(['spoof_detected'], { description: 'With anti_spoofing "report": a face that was compared is not real.' })),
  message: Type.Optional(Type.String({ description: 'With reason: which face, for people.' }))
}

/** Returns the fields of a verdict for faces that are not real; none when all are. `faces` holds what was compared, by the field of its image. */
export function spoofIn (faces: Readonly<Record<string, Checked>>) {
  const spoofs = Object.keys(faces).filter((field) => faces[field]!.liveness?.isReal === false)
  if (spoofs.length === 0) return undefined
  const whose = spoofs.length === 1 ? `The face of ${spoofs[0]} is` : `The faces of ${spoofs.join(' and ')} are`
  return { reason: 'spoof_detected', message: `${whose} not real: it looks like a print or a screen. Send a photo of the person.` } as const
}

const nullableLiveness = Type.Unsafe<ReturnType<typeof asLiveness> | null>({
  anyOf: [LivenessSchema, { type: 'null' }], description: 'Of the face that was compared; null for an embedding.'
})

/** Liveness of the two faces that a verdict is on. */
export const livenessOfPair = Type.Optional(Type.Object({ img1: nullableLiveness, img2: nullableLiveness }, {
  description: 'With anti_spoofing "report".'
}))

/** Maps the two faces of a verdict to the field that tells their liveness; none unless it is asked for. */
export function livenessOfBoth (faces: { readonly img1: Checked, readonly img2: Checked }, antiSpoofing: boolean | 'report') {
  const of = ({ liveness }: Checked) => liveness ? asLiveness(liveness) : null
  return antiSpoofing === 'report' ? { liveness: { img1: of(faces.img1), img2: of(faces.img2) } } : {}
}
