import { join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { foldersIn, photosIn } from './albums.ts'
import type { Judge, JudgedFace } from './judged-faces.ts'
import { boundAtFar } from './roc.ts'

/** Photos of one person: those of the frontal face, and those of the turned head. */
export interface TurnedAlbum {
  readonly frontal: readonly string[]
  readonly profile: readonly string[]
}

/**
 * Returns the people of a folder that is named as Celebrities in Frontal-Profile is: `<person>/frontal` and `<person>/profile`.
 * @throws {UsageError} when there is none.
 */
export async function readTurnedAlbums (folder: string): Promise<TurnedAlbum[]> {
  const albums: TurnedAlbum[] = []
  for (const person of await foldersIn(folder)) {
    const own = await foldersIn(join(folder, person))
    if (!own.includes('frontal') || !own.includes('profile')) continue
    albums.push({ frontal: await photosIn(join(folder, person, 'frontal')), profile: await photosIn(join(folder, person, 'profile')) })
  }
  if (albums.length === 0) throw new UsageError(`${folder} has no folder of a person with the folders frontal and profile.`)
  return albums
}

/** A frontal photo beside one of a turned head. */
export interface TurnedPair {
  readonly same: boolean
  /** Degrees by which the head of the second photo is turned to either side; undefined when that is not known. */
  readonly yaw: number | undefined
  /** Infinity when no face is found on one of the photos. */
  readonly distance: number
  /** Whether one threshold accepts the pair. */
  readonly fixed: boolean
  /** Whether that of the poses and ages does; as `fixed` for a recogniser whose thresholds do not move. */
  readonly adaptive: boolean
}

/** Compares every frontal photo with every photo of a turned head. */
export function compareTurned (albums: readonly TurnedAlbum[], faces: ReadonlyMap<string, readonly JudgedFace[]>, judge: Judge): TurnedPair[] {
  const faceOf = (photo: string): JudgedFace | undefined => faces.get(photo)?.[0]
  return albums.flatMap((a) => albums.flatMap((b) => a.frontal.flatMap((frontal) => b.profile.map((profile): TurnedPair => {
    const [p, q] = [faceOf(frontal), faceOf(profile)]
    const yaw = q?.yaw === undefined ? undefined : Math.abs(q.yaw)
    if (!p || !q) return { same: a === b, yaw, distance: Infinity, fixed: false, adaptive: false }
    const fixed = judge.fixed(p, q)
    return { same: a === b, yaw, distance: judge.distance(p, q), fixed, adaptive: judge.adaptive?.(p, q) ?? fixed }
  }))))
}

/** Distance below which the share `far` of the pairs of two people lies. */
export const boundOf = (pairs: readonly TurnedPair[], far: number): number =>
  boundAtFar(Float64Array.from(pairs.flatMap(({ same, distance }) => same ? [] : [distance])).sort(), far)

/** Share of the pairs of one person (`same`) or of two that are accepted, 0..1; NaN without such pairs. */
export const acceptedOf = (pairs: readonly TurnedPair[], same: boolean, accepts: (pair: TurnedPair) => boolean): number => {
  const counted = pairs.filter((pair) => pair.same === same)
  return counted.filter(accepts).length / counted.length
}
