import { type GroupRule, type GroupShifts, groupShift, isOneTurned, mostShift } from './group-shift.ts'

/** Most faces of a picture whose ages are estimated, the largest: each takes another look at the picture. */
export const MOST_AGES = 32

/** Number of hits to ask for where `k` are wanted and some of them may be too young for their similarity. */
export const hitsToJudge = (k: number, most: number): number => Math.min(most, 2 * k + 8)

/** A face that a search has found. */
export interface Judged {
  /** Properties by which verdicts go; undefined where they are not known. */
  readonly details: { readonly age?: number | undefined, readonly yaw?: number | undefined }
}

/** Facts about the face of a picture that is compared with others. */
export interface ProbeFacts {
  /** Degrees; undefined where no mesh tells it. */
  readonly yaw?: number | undefined
  /** Estimates its age, once it is needed; undefined where that is not possible. */
  readonly estimateAge: () => Promise<number | undefined>
}

/** The verdict on a hit at some threshold. */
export interface HitVerdict {
  readonly distance: number
  readonly threshold: number
  readonly confidence: number
}

export interface JudgeOptions<Hit, Verdict> {
  /** The verdict on a hit once its pair asks for `shift` more of cosine similarity. */
  readonly verdict: (hit: Hit, shift: number) => Verdict
  /** How thresholds move; undefined: they do not. */
  readonly shifts: GroupShifts | undefined
  /** Whether a turned head lowers the threshold too: of a pair it does, among many it has not been measured. */
  readonly isPair: boolean
  readonly probe: ProbeFacts
  /** Estimates the age of a hit whose age is not known, where that may be possible. */
  readonly estimateAge?: ((hit: Hit) => Promise<number | undefined>) | undefined
}

/** Years: of the picture's face and of the one that was found; undefined where they are not known or not needed. */
type Ages = readonly [number | undefined, number | undefined]

/** A hit with its verdict, and how the threshold came about. */
export type JudgedHit<Hit, Verdict> = Verdict & {
  readonly hit: Hit
  readonly isAccepted: boolean
  readonly rule: GroupRule
  readonly ages: Ages
}

/**
 * Judges each hit of one face by its own threshold, in order. Faces whose age is not known, because there was no model for it or only an embedding,
 * have the one that does not move.
 *
 * @example
 * const judged = await judgeHits(hits, { verdict: ({ score }, shift) => verdicts.verdict(score, shift), shifts, isPair: false, probe: { estimateAge } })
 * const accepted = judged.filter(({ isAccepted }) => isAccepted)
 */
export async function judgeHits<Hit extends Judged, Verdict extends HitVerdict> (
  hits: readonly Hit[],
  { verdict, shifts, isPair, probe, estimateAge }: JudgeOptions<Hit, Verdict>
): Promise<Array<JudgedHit<Hit, Verdict>>> {
  let own: Promise<number | undefined> | undefined
  const judge = (hit: Hit, shift: number, rule: GroupRule, ages: Ages = [undefined, undefined]): JudgedHit<Hit, Verdict> => {
    const judged = verdict(hit, shift)
    return { hit, ...judged, isAccepted: judged.distance <= judged.threshold, rule, ages }
  }
  const judged: Array<JudgedHit<Hit, Verdict>> = []
  for (const hit of hits) {
    const { age: known, yaw } = hit.details
    const plain = judge(hit, 0, 'standard')
    const yaws = [isPair ? probe.yaw : undefined, yaw] as const
    const isOpen = shifts && (plain.isAccepted ? !judge(hit, mostShift(shifts), 'young').isAccepted : isOneTurned(shifts, yaws))
    if (!isOpen) {
      judged.push(plain)
      continue
    }
    const isAdult = (age: number | undefined): boolean => age !== undefined && age >= shifts.young.below
    const isKnowable = known !== undefined || estimateAge !== undefined
    const probeAge = isKnowable && !isAdult(known) ? await (own ??= probe.estimateAge()) : undefined
    const age = known ?? (probeAge === undefined || isAdult(probeAge) ? undefined : await estimateAge?.(hit))
    const ages = [probeAge, age] as const
    // One adult decides; otherwise it takes both ages.
    if (!ages.some(isAdult) && ages.includes(undefined)) judged.push(judge(hit, 0, 'unknown'))
    else {
      const { shift, rule } = groupShift(shifts, { ages, yaws })
      judged.push(judge(hit, shift, rule, ages))
    }
  }
  return judged
}
