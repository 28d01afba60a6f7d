import type { FaceEngine } from '../engine/face-engine.ts'
import { MOST_AGES } from '../match/judge-hits.ts'
import { isPhotoError } from './photo-errors.ts'
import type { Collection, Collections, SearchHit } from './contract.ts'

/**
 * Returns how to tell the age of an enrolled face that was enrolled before ages were kept: from its photo, of at most MOST_AGES faces, each once.
 * Undefined for a collection without photos.
 *
 * @example
 * const estimateAge = storedAges(collection, collections, engine, signal)
 * const judged = await judgeHits(hits, { verdict, shifts, isPair: false, probe, estimateAge })
 */
export function storedAges (
  { id, storePhotos }: Collection,
  collections: Collections,
  engine: FaceEngine,
  signal: AbortSignal
): ((hit: SearchHit) => Promise<number | undefined>) | undefined {
  if (!storePhotos) return undefined
  const known = new Map<string, number | undefined>()
  return async ({ face, subject, details: { box } }) => {
    if (!box || known.has(face) || known.size >= MOST_AGES) return known.get(face)
    known.set(face, await ageIn(box, await collections.photo(id, subject, face)))
    return known.get(face)
  }

  async function ageIn (box: NonNullable<SearchHit['details']['box']>, photo: Uint8Array | undefined): Promise<number | undefined> {
    if (!photo) return undefined
    try {
      const [age] = await engine.ages(Uint8Array.from(photo), [{ box, landmarks: undefined, score: 0 }], { expandPercentage: 0 }, { signal }) ?? []
      return age
    } catch (error) {
      // It was decoded once, maybe by another release.
      if (isPhotoError(error)) return undefined
      throw error
    }
  }
}
