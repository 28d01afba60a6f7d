import { Type } from '@sinclair/typebox'
import type { Box } from '../math/box.ts'
import type { Point } from '../math/point.ts'
import type { SomeLandmarks } from '../pipelines/contract.ts'

type Place = [x: number, y: number] | null

const place = (description: string) => Type.Unsafe<Place>({
  type: ['array', 'null'], items: { type: 'integer' }, minItems: 2, maxItems: 2, description: `${description}: [x, y] in pixels, or null where the detector does not tell.`
})

const eyes = {
  left_eye: place('The person\'s left eye, on the right of the picture'),
  right_eye: place('The person\'s right eye, on the left of the picture')
}
const box = {
  x: Type.Integer({ description: 'Left edge in pixels of the upright picture.' }),
  y: Type.Integer({ description: 'Top edge.' }),
  w: Type.Integer({ description: 'Width.' }),
  h: Type.Integer({ description: 'Height.' })
}

export const FacialArea = Type.Object({ ...box, ...eyes }, { title: 'FacialArea', description: 'Where a face is.' })

export const FacialLandmarks = Type.Object({
  ...box,
  ...eyes,
  nose: place('Tip of the nose'),
  mouth_left: place('The person\'s left mouth corner, on the right of the picture'),
  mouth_right: place('The person\'s right mouth corner, on the left of the picture')
}, { title: 'FacialLandmarks', description: 'Where a face is, with all five landmarks.' })

/** A facial area, or null where an embedding stands for the face. */
export const nullableArea = Type.Unsafe<ReturnType<typeof facialArea> | null>({ anyOf: [FacialArea, { type: 'null' }], description: 'Null for an embedding.' })

/** The facial area of an embedding in the answers of DeepFace's own service: nothing is known. */
export const NO_AREA = { x: null, y: null, w: null, h: null, left_eye: null, right_eye: null } as const

const maybe = Type.Union([Type.Integer(), Type.Null()])
export const DeepfaceArea = Type.Object({ x: maybe, y: maybe, w: maybe, h: maybe, ...eyes }, {
  title: 'DeepfaceFacialArea', description: 'Where a face is, in whole pixels; every field is null for an embedding.'
})

export const confidenceOfFace = Type.Number({ description: 'Confidence of the detector, 0..1; in the deepface pipeline as DeepFace has it, which for opencv falls as a face gets clearer and may be negative.' })

interface Located {
  readonly box: Box
  readonly landmarks: SomeLandmarks | undefined
}

/** Rounds a landmark to whole pixels. */
const whole = (point: Point | undefined): Place => point ? [Math.round(point[0]), Math.round(point[1])] : null

/**
 * Box and eyes of a face for a response. The engine names landmarks by the viewer's left and right, responses by the person's: the viewer's left
 * is the person's right.
 */
export function facialArea ({ box: { x, y, w, h }, landmarks }: Located) {
  return { x, y, w, h, left_eye: whole(landmarks?.[1]), right_eye: whole(landmarks?.[0]) }
}

/** Box and all five landmarks of a face for a response. */
export const facialLandmarks = (face: Located) => ({
  ...facialArea(face),
  nose: whole(face.landmarks?.[2]),
  mouth_left: whole(face.landmarks?.[4]),
  mouth_right: whole(face.landmarks?.[3])
})

export const AREA_EXAMPLE = { x: 74, y: 61, w: 112, h: 146, left_eye: [152, 120], right_eye: [103, 121] }

/** Returns an embedding for an answer. Its numbers become text only when that is written: see `jsonParts`. */
export const embeddingNumbers = (embedding: Float32Array): number[] => embedding as unknown as number[]
