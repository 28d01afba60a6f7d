import { similarity, type Vector } from './distance.ts'
import { type GroupRule, type GroupShifts, groupShift, isOneTurned, leastShift, mostShift, type Yaws } from './group-shift.ts'
import { nearestPairs, type Pair } from './pair.ts'
import { verdictBy } from './verdict.ts'
import type { Verification, VerifyOptions } from './verify-faces.ts'

/** Facts about faces that a verdict by age and pose asks for. */
export interface GroupFacts {
  readonly shifts: GroupShifts
  /** Largest distance of a pair whose threshold has moved by that much cosine. */
  readonly thresholdAt: (shift: number) => number
  /** Degrees by which the heads of a pair are turned. */
  readonly yawsOf: (pair: Pick<Pair, 'a' | 'b'>) => Yaws
  /** Estimates the ages of some faces of the first (0) or second picture (1), by their indices; undefined where that is not possible. */
  readonly estimateAges: (picture: 0 | 1, faces: readonly number[]) => Promise<readonly number[] | undefined>
}

/** A verification, and how its threshold came about. */
export interface GroupVerification extends Verification {
  readonly threshold: number
  readonly rule: GroupRule
  /** Years; undefined where they were not estimated. */
  readonly ages: readonly [number | undefined, number | undefined]
}

/** Most pairs of faces of two pictures that are looked at more closely: each may need the ages of two more faces. */
const MOST_PAIRS = 8

/**
 * Decides as `verifyFaces`, with a threshold that depends on the ages and the poses of the two faces: the nearest pair decides that is accepted by
 * its own threshold; when none is, the nearest of all. Ages are estimated only where they can change the verdict, those of the second picture
 * only where a face of the first one is young. Undefined when a list is empty.
 * @throws {RangeError} as `verifyFaces`; what `estimateAges` throws.
 */
export async function verifyByGroup (
  facesA: readonly Vector[],
  facesB: readonly Vector[],
  options: VerifyOptions,
  { shifts, thresholdAt, yawsOf, estimateAges }: GroupFacts
): Promise<GroupVerification | undefined> {
  const [least, standard, most] = [thresholdAt(mostShift(shifts)), options.threshold, thresholdAt(leastShift(shifts))]
  const verdict = verdictBy(options.pipeline, options.model, options.metric, options.curve)
  const judge = ({ a, b, distance: exact }: Pair, shift: number, rule: GroupRule, ages: GroupVerification['ages'] = [undefined, undefined]): GroupVerification => {
    const threshold = shift === 0 ? standard : thresholdAt(shift)
    const { distance, confidence } = verdict(exact, similarity(facesA[a]!, facesB[b]!) - shift)
    return { a, b, distance, confidence, threshold, verified: distance <= threshold, rule, ages }
  }
  const isOpen = (pair: Pair): boolean =>
    pair.distance > least && (pair.distance <= standard || (pair.distance <= most && isOneTurned(shifts, yawsOf(pair))))

  const pairs = nearestPairs(options.metric, facesA, facesB, most, MOST_PAIRS)
  const [nearest] = pairs
  if (!nearest) return undefined
  const open = pairs.filter(isOpen)
  if (open.length === 0 || nearest.distance <= least) return judge(nearest, 0, 'standard')

  const first = await agesBy(estimateAges, 0, open.map(({ a }) => a))
  const young = open.filter(({ a }) => first && first.get(a)! < shifts.young.below)
  const second = first && (young.length === 0 ? new Map<number, number>() : await agesBy(estimateAges, 1, young.map(({ b }) => b)))
  if (!first || !second) return judge(nearest, 0, 'unknown')

  const judged = open.map((pair): GroupVerification => {
    const ages = [first.get(pair.a), second.get(pair.b)] as const
    const { shift, rule } = groupShift(shifts, { ages, yaws: yawsOf(pair) })
    return judge(pair, shift, rule, ages)
  })
  return judged.find(({ verified }) => verified) ?? (isOpen(nearest) ? judged[0]! : judge(nearest, 0, 'standard'))
}

/** The ages of faces, by index; each is estimated once. */
async function agesBy (estimate: GroupFacts['estimateAges'], picture: 0 | 1, faces: readonly number[]): Promise<ReadonlyMap<number, number> | undefined> {
  const once = [...new Set(faces)]
  const ages = await estimate(picture, once)
  return ages && new Map(once.map((face, i) => [face, ages[i]!]))
}
