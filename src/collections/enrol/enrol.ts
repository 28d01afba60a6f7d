import { randomUUID } from 'node:crypto'
import type { FaceEngine } from '../../engine/face-engine.ts'
import { area } from '../../math/box.ts'
import type { GroupShifts } from '../../match/group-shift.ts'
import { judgeHits } from '../../match/judge-hits.ts'
import { shiftsFor } from '../../models/group-shifts.ts'
import { eachLimit } from '../../system/async.ts'
import { sha256OfBytes } from '../../system/sha256.ts'
import type { Change, Collection, Collections, NewFace, SearchHit } from '../contract.ts'
import type { Liveness, Quality } from '../../pipelines/contract.ts'
import type { Trait } from '../../names.ts'
import { isPhotoError, type PhotoError } from '../photo-errors.ts'
import { type Flaw, flawOf, type Refusal as Unfit, turnedBeyond } from './quality.ts'
import type { SearchVerdicts } from '../verdicts.ts'
import { optionsFor } from './represent.ts'

/** A photo, or the vector of a face, to enrol a face from. */
export interface Source {
  /** Place in the request: `img`, `imgs.1`, `embeddings.0`. */
  readonly name: string
  /** The bytes of a photo, or the vector of a face. */
  readonly read: () => Promise<Uint8Array | Float32Array>
}

export type Refusal = Flaw | PhotoError

/** Cosine from which two vectors come from one photo or a copy of it; those of two photos of a person stay below. */
const DUPLICATE = 0.9999

/** The nearest enrolled face, where it matters. */
interface Likeness {
  /** The same face was enrolled before. */
  readonly duplicateOf?: SearchHit
  /** The face of another subject looks like the same person. */
  readonly resembles?: SearchHit
}

/** A face that a source is enrolled with. */
interface Accepted {
  readonly face: NewFace
  /** Where `antiSpoofing` reports it. */
  readonly liveness?: Liveness
  /** Where it was measured. */
  readonly quality?: Quality
}

/** Why the photo of a source is refused. */
interface Refused extends Unfit {
  readonly quality?: Quality
}

export type Outcome =
  | { readonly source: string, readonly enrolled: true } & Accepted & Likeness
  | { readonly source: string, readonly enrolled: false, readonly reason: Refusal, readonly message: string, readonly quality?: Quality }

export interface EnrolOptions {
  readonly collections: Collections
  readonly engine: FaceEngine
  readonly collection: Collection
  readonly subject: string
  readonly sources: readonly Source[]
  /** Whether photos with a flaw (`flawOf`) are refused. */
  readonly quality: boolean
  /** Degrees by which a face may be turned, in the native pipeline; any number when undefined. */
  readonly maxYaw?: number | undefined
  readonly antiSpoofing: boolean | 'report'
  /** From which cosine on two faces count as one person. */
  readonly verdicts: SearchVerdicts
  /** How thresholds move by age; undefined: they do not. */
  readonly shifts: GroupShifts | undefined
  readonly signal: AbortSignal
}

/**
 * Returns the outcome of each source, in their order. Nothing is written: `changesFor` makes the write.
 * @throws {FaceError} when the service fails; the problem of one photo is an outcome.
 * @example
 * const outcomes = await enrol({ collections, engine, collection, subject: 'ann', sources, quality: true, antiSpoofing: false, verdicts, shifts, signal })
 * await collections.write(collection.id, changesFor('ann', outcomes))
 */
export async function enrol (options: EnrolOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  await eachLimit([...options.sources.entries()], Math.max(1, options.engine.workers), async ([i, source]) => {
    try {
      const judged = await faceOf(source, options)
      outcomes[i] = 'reason' in judged
        ? { source: source.name, enrolled: false, ...judged }
        : { source: source.name, enrolled: true, ...judged, ...await likenessOf(judged.face, options) }
    } catch (error) {
      if (!isPhotoError(error)) throw error
      outcomes[i] = { source: source.name, enrolled: false, reason: error.code, message: error.message }
    }
  })
  return outcomes
}

/** Returns the face of a source, or why its photo is refused. */
async function faceOf ({ read }: Source, options: EnrolOptions): Promise<Accepted | Refused> {
  const { engine, collection, subject, antiSpoofing, maxYaw, signal } = options
  const given = await read()
  const id = randomUUID()
  if (given instanceof Float32Array) return { face: { id, subject, embedding: given, details: {} } }
  const photoHash = await sha256OfBytes(given)
  // The engine takes over the memory of the bytes it is given. A copy, even of a Buffer, whose own `slice` is a view of the same memory.
  const photo = collection.storePhotos ? Uint8Array.from(given) : undefined
  // Ages are kept whatever VERDICT_POLICY says, so that it may change later.
  const ages = shiftsFor(collection, 'adaptive') !== undefined
  const found = await engine.represent(given, optionsFor(collection, { antiSpoofing, sharpness: true, ages, include: factsFor(options) }), { signal })
  // Largest first: the deepface pipeline returns them in the detector's order.
  const faces = found.toSorted((p, q) => area(q.box) - area(p.box))
  const { box, score, sharpness, liveness, quality, pose, age, yaw, embedding } = faces[0]!
  const unfit = (options.quality ? flawOf(faces) : undefined) ?? (maxYaw !== undefined && pose ? turnedBeyond(maxYaw, pose) : undefined)
  if (unfit) return { ...unfit, ...(quality && { quality }) }
  const details = { box, score, ...(sharpness !== undefined && { sharpness }), photoHash, ...(age !== undefined && { age }), ...(yaw !== undefined && { yaw }) }
  return { face: { id, subject, embedding, details, ...(photo && { photo }) }, ...(liveness && { liveness }), ...(quality && { quality }) }
}

/** Facts to ask about each face; the deepface pipeline tells none. */
const factsFor = ({ collection: { pipeline }, quality, maxYaw }: EnrolOptions): Trait[] =>
  pipeline === 'deepface' ? [] : [...(quality ? ['quality' as const] : []), ...(maxYaw === undefined ? [] : ['pose' as const])]

/** Compares a face with the enrolled ones. */
async function likenessOf ({ embedding, details }: NewFace, { collections, collection, subject, verdicts, shifts, signal }: EnrolOptions): Promise<Likeness> {
  const query = { vector: embedding, k: 1, minScore: Math.min(DUPLICATE, verdicts.minScore), signal }
  const { hits: [nearest], compared } = await collections.search(collection.id, query)
  if (!nearest) return {}
  if (nearest.score >= DUPLICATE) return { duplicateOf: nearest }
  const { verdict } = verdicts.among(compared)
  const [judged] = await judgeHits([nearest], {
    verdict: ({ score }, shift) => verdict(score, shift), shifts, isPair: false, probe: { estimateAge: async () => details.age }
  })
  return nearest.subject === subject || !judged!.isAccepted ? {} : { resembles: nearest }
}

/** Returns the write that enrols the accepted faces, and creates the subject where there is none. Empty when every source was refused. */
export function changesFor (subject: string, outcomes: readonly Outcome[]): Change[] {
  const faces = outcomes.flatMap((outcome): Change[] => outcome.enrolled ? [{ kind: 'put-face', face: outcome.face }] : [])
  return faces.length === 0 ? [] : [{ kind: 'put-subject', when: 'any', id: subject }, ...faces]
}
