import { type GroupRule, type GroupShifts, groupShift, isOneTurned, mostShift } from '../match/group-shift.ts'
import type { SearchHit } from './contract.ts'
import type { Verdict, Verdicts } from './verdicts.ts'

/** Facts about the face of a picture that is compared with enrolled ones. */
export interface ProbeFacts {
  /** Degrees; undefined where no mesh tells it. */
  readonly yaw?: number | undefined
  /** Estimates its age, once it is needed; undefined where that is not possible. */
  readonly estimateAge: () => Promise<number | undefined>
}

export interface JudgeOptions {
  readonly verdicts: Verdicts
  /** How thresholds move; undefined: they do not. */
  readonly shifts: GroupShifts | undefined
  /** Whether a turned head lowers the threshold too: of a pair it does, among many it has not been measured. */
  readonly isPair: boolean
  readonly probe: ProbeFacts
}

/** A hit with its verdict, and how the threshold came about. */
export interface JudgedHit extends Verdict {
  readonly hit: SearchHit
  readonly isAccepted: boolean
  readonly rule: GroupRule
  /** Years: of the picture's face and of the enrolled one; undefined where they are not known or not needed. */
  readonly ages: readonly [number | undefined, number | undefined]
}

/**
 * Judges each hit of one face by its own threshold, in order. Faces that were enrolled before ages were stored, and those of embeddings, have the
 * one that does not move.
 *
 * @example
 * const judged = await judgeHits(hits, { verdicts: among(compared), shifts, isPair: false, probe: { estimateAge } })
 * const accepted = judged.filter(({ isAccepted }) => isAccepted)
 */
export async function judgeHits (hits: readonly SearchHit[], { verdicts, shifts, isPair, probe }: JudgeOptions): Promise<JudgedHit[]> {
  let own: Promise<number | undefined> | undefined
  const judge = (hit: SearchHit, shift: number, rule: GroupRule, ages: JudgedHit['ages'] = [undefined, undefined]): JudgedHit => {
    const verdict = verdicts.verdict(hit.score, shift)
    return { hit, ...verdict, isAccepted: verdict.distance <= verdict.threshold, rule, ages }
  }
  const judged: JudgedHit[] = []
  for (const hit of hits) {
    const { age, yaw } = hit.details
    const plain = judge(hit, 0, 'standard')
    const yaws = [isPair ? probe.yaw : undefined, yaw] as const
    const isOpen = shifts && plain.distance > plain.threshold - mostShift(shifts) && (plain.isAccepted || isOneTurned(shifts, yaws))
    if (!isOpen) {
      judged.push(plain)
      continue
    }
    const isAdult = age !== undefined && age >= shifts.young.below
    const probeAge = isAdult || age === undefined ? undefined : await (own ??= probe.estimateAge())
    if (age === undefined || (!isAdult && probeAge === undefined)) judged.push(judge(hit, 0, 'unknown'))
    else {
      const ages = [probeAge, age] as const
      const { shift, rule } = groupShift(shifts, { ages, yaws })
      judged.push(judge(hit, shift, rule, ages))
    }
  }
  return judged
}
