/**
 * How far the threshold of a pair moves where people are young or a head is turned, in units of cosine similarity: the rates of false matches then
 * stay near the one that was promised. Measured on groups, see docs/measurements.md.
 */
export interface GroupShifts {
  /** Where the older of two faces is estimated younger than `below`, the threshold rises by `perYear` for each year that is missing. */
  readonly young: { readonly below: number, readonly perYear: number }
  /**
   * Where exactly one face is turned by more than `beyond` degrees, and nobody is young, the threshold falls by `fall`. Undefined where wrong pairs
   * of such faces are not rarer than others.
   */
  readonly turned?: { readonly beyond: number, readonly fall: number }
}

/** The rule by which a verdict was made: `standard` is that of two adults, `unknown` means that ages or poses could not be told. */
export type GroupRule = 'standard' | 'young' | 'turned' | 'unknown'

/** A threshold as it applies to a pair. */
export interface GroupShift {
  /** Added to the cosine of the calibrated threshold. */
  readonly shift: number
  readonly rule: GroupRule
}

/** Facts about the two faces of a pair. */
export interface PairFacts {
  /** Years, estimated; the age of one face may be unknown where the other is an adult's. */
  readonly ages: readonly [number | undefined, number | undefined]
  /** Degrees to either side; undefined where the pose of a face is not known. */
  readonly yaws: Yaws
}

export type Yaws = readonly [number | undefined, number | undefined]

/**
 * Returns how far the threshold moves for a pair.
 *
 * @example
 * groupShift(shifts, { ages: [5, 31], yaws: [0, 48] }) // { shift: -0.06, rule: 'turned' }
 */
export function groupShift (shifts: GroupShifts, { ages, yaws }: PairFacts): GroupShift {
  const rise = riseOf(shifts, Math.max(ages[0] ?? 0, ages[1] ?? 0))
  if (rise > 0) return { shift: rise, rule: 'young' }
  return isOneTurned(shifts, yaws) ? { shift: leastShift(shifts), rule: 'turned' } : { shift: 0, rule: 'standard' }
}

/** Whether exactly one of two heads is turned, and that moves the threshold; false where it is not known. */
export function isOneTurned ({ turned }: GroupShifts, [a, b]: Yaws): boolean {
  return turned !== undefined && a !== undefined && b !== undefined && (Math.abs(a) > turned.beyond) !== (Math.abs(b) > turned.beyond)
}

/**
 * How much more cosine similarity the threshold asks for at this age: 0 for adults, and where the age is not known (undefined or NaN). A pair asks for
 * the lesser rise of its two faces.
 */
export const riseOf = ({ young }: GroupShifts, age: number | undefined): number =>
  age === undefined || Number.isNaN(age) ? 0 : Math.max(0, young.below - age) * young.perYear

/** The least shift of a pair, 0 or below it: of one turned head. */
export const leastShift = ({ turned }: GroupShifts): number => turned ? -turned.fall : 0

/** The most: of two newborns. */
export const mostShift = ({ young }: GroupShifts): number => young.below * young.perYear
