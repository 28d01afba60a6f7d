import { readFile } from 'node:fs/promises'
import { openPicture } from '../../src/image/picture.ts'
import type { Box } from '../../src/math/box.ts'
import { eachLimit } from '../../src/system/async.ts'
import type { Album } from './albums.ts'
import { asked, form, type IdentificationOptions, json } from './identification.ts'
import { nearestFace } from './nearest-face.ts'

/**
 * Share of the strangers that a collection of `enrolled` faces names, and of its own people's other photos that it names rightly, 0..1, over all
 * draws; `strangers` and `own` count the searches.
 */
export interface OpenSet {
  readonly enrolled: number
  readonly strangers: number
  readonly named: number
  readonly own: number
  readonly found: number
}

export interface OpenSetOptions extends Omit<IdentificationOptions, 'quality'> {
  /** Number of times that other people are drawn to be enrolled. */
  readonly draws: number
}

/** The fields that are read from the responses. */
interface Represented { readonly result: ReadonlyArray<{ readonly embedding: readonly number[], readonly facial_area: Box }> }
interface Searched { readonly result: readonly [{ readonly matches: ReadonlyArray<{ readonly subject: string }> }] }

/** A person with the embedding of the first photo, and of the second where there is one. */
interface Known { readonly first: readonly number[], readonly second: readonly number[] | undefined }

/** Most pixels of a photo whose size is read. */
const MOST_PIXELS = 50_000_000

/**
 * Identifies in an open set (ISO/IEC 19795-1): for each of `counts`, that many people are drawn and enrolled in a new collection of the service with
 * their first photo, and it is searched for the first photo of everybody else, strangers, and for the second photo of those who are enrolled. Each photo
 * stands for the face nearest to its centre, and goes through the service once; photos without a face are left out.
 * @throws {UsageError} with the service's message when it returns an error.
 */
export async function openSet (
  albums: ReadonlyArray<Album<readonly [string, ...string[]]>>,
  counts: readonly number[],
  { url, model, detector, pipeline, draws, atOnce, onPhoto = () => {} }: OpenSetOptions
): Promise<OpenSet[]> {
  const settings = { model_name: model, detector_backend: detector, pipeline }
  const total = albums.reduce((sum, { photos }) => sum + Math.min(2, photos.length), 0)
  let done = 0

  async function embeddingOf (photo: string | undefined): Promise<readonly number[] | undefined> {
    if (photo === undefined) return undefined
    const { width, height } = await openPicture(await readFile(photo), MOST_PIXELS)
    const answer = await asked<Represented>(`${url}/api/v1/represent`, { body: await form(photo, settings) }, 'no_face_detected')
    onPhoto(++done, total)
    const faces = answer?.result.map(({ embedding, facial_area: box }) => ({ embedding, box, landmarks: undefined, score: 1 })) ?? []
    return faces.length === 0 ? undefined : nearestFace(faces, [width / 2, height / 2]).embedding
  }

  const seen: Array<Known | undefined> = []
  await eachLimit([...albums.entries()], atOnce, async ([i, { photos: [first, second] }]) => {
    const own = await embeddingOf(first)
    if (own) seen[i] = { first: own, second: await embeddingOf(second) }
  })

  /** The searches of one draw that named a stranger, and those that named one of the enrolled people rightly. */
  async function drawn (people: readonly Known[], count: number) {
    const collection = `${url}/api/v1/collections/open-set`
    await asked(`${url}/api/v1/collections`, json({ id: 'open-set', ...settings }))
    await eachLimit([...people.slice(0, count).entries()], atOnce, async ([i, { first }]) => { await asked(`${collection}/subjects/p${i}/faces`, json({ embedding: first })) })
    const subjectOf = async (embedding: readonly number[]): Promise<string | undefined> =>
      (await asked<Searched>(`${collection}/search`, json({ embedding, k: 1 })))!.result[0].matches[0]?.subject
    let [named, own, found] = [0, 0, 0]
    await eachLimit(people.slice(count), atOnce, async ({ first }) => { if (await subjectOf(first) !== undefined) named++ })
    await eachLimit([...people.slice(0, count).entries()], atOnce, async ([i, { second }]) => {
      if (!second) return
      own++
      if (await subjectOf(second) === `p${i}`) found++
    })
    await asked(collection, { method: 'DELETE' })
    return { strangers: Math.max(0, people.length - count), named, own, found }
  }

  const everybody = seen.flatMap((known) => known ?? [])
  const results: OpenSet[] = []
  for (const count of counts) {
    const next = randomNumbers()
    const total = { strangers: 0, named: 0, own: 0, found: 0 }
    for (let draw = 0; draw < draws; draw++) {
      const { strangers, named, own, found } = await drawn(shuffled(everybody, next), count)
      total.strangers += strangers
      total.named += named
      total.own += own
      total.found += found
    }
    const { strangers, own } = total
    results.push({ enrolled: Math.min(count, everybody.length), strangers, named: total.named / strangers, own, found: total.found / own })
  }
  return results
}

/** The same numbers in each run (linear congruences of Park and Miller, 1988). */
function randomNumbers (): () => number {
  let state = 1
  return () => {
    state = state * 48271 % 2147483647
    return state
  }
}

/** Another order, without regard to names. */
function shuffled<Item> (items: readonly Item[], next: () => number): Item[] {
  return items.map((item) => ({ item, at: next() })).sort((p, q) => p.at - q.at).map(({ item }) => item)
}
