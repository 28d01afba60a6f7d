import { randomUUID } from 'node:crypto'
import type { FaceEngine } from '../../engine/face-engine.ts'
import { type ErrorCode, FaceError } from '../../errors.ts'
import { area } from '../../math/box.ts'
import { eachLimit } from '../../system/async.ts'
import { sha256OfBytes } from '../../system/sha256.ts'
import type { Change, Collection, Collections, NewFace, SearchHit } from '../contract.ts'
import { type Flaw, FLAWS, flawOf } from './quality.ts'
import { optionsFor } from './represent.ts'

/** One thing that a face is to be enrolled from. */
export interface Source {
  /** Where it stands in the request: `img`, `imgs.1`, `embeddings.0`. */
  readonly name: string
  /** The bytes of a photo, or the vector of a face. */
  readonly read: () => Promise<Uint8Array | Float32Array>
}

export type Refusal = Flaw | 'image_decode_error' | 'image_too_large' | 'no_face_detected' | 'spoof_detected'

/** Errors that say something about one photo. All others say something about the service, and end the request. */
const OF_THE_PHOTO: ReadonlySet<ErrorCode> = new Set(['image_decode_error', 'image_too_large', 'no_face_detected', 'spoof_detected'])

/** Vectors this much alike come from one photo, or a copy of it: two photos of a person are not. */
const DUPLICATE = 0.9999

export type Outcome =
  | { readonly source: string, readonly enrolled: true, readonly face: NewFace, readonly duplicateOf?: SearchHit, readonly resembles?: SearchHit }
  | { readonly source: string, readonly enrolled: false, readonly reason: Refusal, readonly message: string }

export interface EnrolOptions {
  readonly collections: Collections
  readonly engine: FaceEngine
  readonly collection: Collection
  readonly subject: string
  readonly sources: readonly Source[]
  /** Whether photos that are not good enough are refused. */
  readonly quality: boolean
  readonly antiSpoofing: boolean
  /** Cosine from which two faces count as one person; none where the model is not calibrated. */
  readonly samePerson: number
  readonly signal: AbortSignal
}

/** What comes of each source, in their order. Nothing is written: see `changesFor`. */
export async function enrol (options: EnrolOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  await eachLimit([...options.sources.entries()], Math.max(1, options.engine.workers), async ([i, source]) => {
    try {
      const face = await faceOf(source, options)
      outcomes[i] = typeof face === 'string' ? { source: source.name, enrolled: false, reason: face, message: FLAWS[face] } : { source: source.name, enrolled: true, face, ...await likeness(face, options) }
    } catch (error) {
      if (!(error instanceof FaceError) || !OF_THE_PHOTO.has(error.code)) throw error
      outcomes[i] = { source: source.name, enrolled: false, reason: error.code as Refusal, message: error.message }
    }
  })
  return outcomes
}

async function faceOf ({ read }: Source, { engine, collection, subject, quality, antiSpoofing, signal }: EnrolOptions): Promise<NewFace | Flaw> {
  const given = await read()
  const id = randomUUID()
  if (given instanceof Float32Array) return { id, subject, embedding: given, details: {} }
  const photoHash = await sha256OfBytes(given)
  // The engine takes the memory of what it is given.
  const photo = collection.storePhotos ? given.slice() : undefined
  // The deepface pipeline gives them in the detector's order.
  const faces = (await engine.represent(given, optionsFor(collection, { antiSpoofing, sharpness: true }), { signal })).toSorted((p, q) => area(q.box) - area(p.box))
  const flaw = quality ? flawOf(faces) : undefined
  if (flaw !== undefined) return flaw
  const { box, score, sharpness, embedding } = faces[0]!
  return { id, subject, embedding, details: { box, score, ...(sharpness !== undefined && { sharpness }), photoHash }, ...(photo && { photo }) }
}

/** An enrolled face that is the same one, or one of somebody else that looks like the same person. */
async function likeness ({ embedding }: NewFace, { collections, collection, subject, samePerson, signal }: EnrolOptions): Promise<{ duplicateOf?: SearchHit, resembles?: SearchHit }> {
  const { hits } = await collections.search(collection.id, { vector: embedding, k: 1, minScore: Math.min(DUPLICATE, samePerson), signal })
  const [nearest] = hits
  if (!nearest) return {}
  if (nearest.score >= DUPLICATE) return { duplicateOf: nearest }
  return nearest.subject === subject ? {} : { resembles: nearest }
}

/** The write that enrols what was accepted; it makes the subject where there is none. Empty when all was refused. */
export function changesFor (subject: string, outcomes: readonly Outcome[]): Change[] {
  const faces = outcomes.flatMap((outcome): Change[] => outcome.enrolled ? [{ kind: 'put-face', face: outcome.face }] : [])
  return faces.length === 0 ? [] : [{ kind: 'put-subject', when: 'any', id: subject }, ...faces]
}
