import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { eachLimit } from '../../src/system/async.ts'
import type { Album } from './albums.ts'
import type { OnPhoto } from './run-on-photos.ts'

/** The service to call, and the settings of its embeddings. */
export interface IdentificationOptions {
  /** `http://127.0.0.1:5000` */
  readonly url: string
  readonly model: string
  readonly detector: string
  readonly pipeline: string
  /** Whether the service's quality check may refuse photos. */
  readonly quality: boolean
  /** Requests in flight at a time. */
  readonly atOnce: number
  readonly onPhoto?: OnPhoto
}

/** Result of the search for one photo: the most similar person, if any. */
export interface Searched {
  readonly photo: string
  readonly person: string
  /** Undefined where no face was found on the photo. */
  readonly best: { readonly person: string, readonly accepted: boolean } | undefined
}

export interface Identification {
  readonly enrolled: number
  /** Photos that were not enrolled, with the reason. */
  readonly refused: ReadonlyArray<{ readonly photo: string, readonly reason: string }>
  readonly searched: readonly Searched[]
  /** Time from the first photo to the last, in milliseconds. */
  readonly ms: { readonly enrolling: number, readonly searching: number }
}

const COLLECTION = 'identification'

/** The fields that are read from the responses for one photo. */
interface Enrolled { readonly result: readonly [{ readonly enrolled: boolean, readonly reason?: string }] }
interface Found {
  readonly result: ReadonlyArray<{
    readonly matches: ReadonlyArray<{ readonly subject: string, readonly distance: number, readonly threshold: number }>
  }>
}

/**
 * Enrols the first photo of each person in a collection of the service that is deleted afterwards, then searches for the largest face of each other photo and
 * takes the most similar enrolled face (rank 1 of a closed set: ISO/IEC 19795-1). People who could not be enrolled are not searched for.
 * @throws {UsageError} with the service's message when it returns an error.
 */
export async function identify (
  albums: readonly Album[],
  { url, model, detector, pipeline, quality, atOnce, onPhoto = () => {} }: IdentificationOptions
): Promise<Identification> {
  const total = albums.reduce((sum, { photos }) => sum + photos.length, 0)
  let done = 0
  const base = `${url}/api/v1/collections`
  await asked(base, json({ id: COLLECTION, model_name: model, detector_backend: detector, pipeline }))

  const enrolled = new Map<string, Album>()
  const refused: Array<{ photo: string, reason: string }> = []
  const enrolling = await timed(() => eachLimit([...albums.entries()], atOnce, async ([i, album]) => {
    const [photo] = album.photos
    const answer = await asked<Enrolled>(`${base}/${COLLECTION}/subjects/p${i}/faces`, { body: await form(photo, { quality_check: String(quality) }) })
    const { enrolled: isEnrolled, reason = 'no reason' } = answer!.result[0]
    if (isEnrolled) enrolled.set(`p${i}`, album)
    else refused.push({ photo, reason })
    onPhoto(++done, total)
  }))

  const probes = [...enrolled.values()].flatMap(({ person, photos }) => photos.slice(1).map((photo) => ({ person, photo })))
  const searched: Searched[] = []
  const searching = await timed(() => eachLimit([...probes.entries()], atOnce, async ([i, probe]) => {
    const answer = await asked<Found>(`${base}/${COLLECTION}/search`, { body: await form(probe.photo, { k: '1', max_faces: '1', similarity_search: 'true' }) }, 'no_face_detected')
    const match = answer?.result[0]?.matches[0]
    searched[i] = { ...probe, best: match && { person: enrolled.get(match.subject)!.person, accepted: match.distance <= match.threshold } }
    onPhoto(++done, total)
  }))
  await asked(`${base}/${COLLECTION}`, { method: 'DELETE' })
  return { enrolled: enrolled.size, refused, searched, ms: { enrolling, searching } }
}

/** A request with this body. */
export const json = (body: object): RequestInit => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** A form of a photo and fields. @throws {UsageError} when the photo cannot be read. */
export async function form (photo: string, fields: Readonly<Record<string, string>>): Promise<FormData> {
  const data = new FormData()
  const bytes = await readFile(photo).catch((cause: Error) => { throw new UsageError(`The photo ${photo} cannot be read.`, { cause }) })
  data.set('img', new Blob([bytes]), basename(photo))
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return data
}

/** Returns the body of the response to a POST; undefined when it is an error with the code `expected`. */
export async function asked<Answer> (url: string, request: RequestInit, expected?: string): Promise<Answer | undefined> {
  const response = await fetch(url, { method: 'POST', ...request })
  const body = await response.json() as Answer & { readonly error_code?: string, readonly message?: string }
  if (response.status === 200) return body
  if (body.error_code === expected) return undefined
  throw new UsageError(`The service answered ${response.status}: ${body.message}`)
}

async function timed (work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
