/** Decides which two groups of faces are joined. Data alone, so that it can be sent to a thread. */
export interface JoinRule {
  /** Least likeness (likenessOf) of two groups that are joined, by the number of groups that there are then; the first value is unused. */
  readonly least: Float64Array
  /**
   * Exponent of the lengths of the mean vectors, 0..1: with 1 the likeness is the average cosine of the pairs of faces, with 0 the cosine of
   * the two means.
   */
  readonly lengthPower: number
  /** The one for two groups of young people. */
  readonly youngLengthPower: number
}

/** Cosine above which the share `rate` (0..1) of the pairs of two people are. Falls with the rate. */
export type ThresholdAt = (rate: number) => number

/**
 * Share of the groups that are joined to strangers. B³ F on LFW DevTrain (3,443 photos of 2,132 people) and CFP (60 people, 4 photos from the
 * front and 4 in profile), behind yunet-mesh: SFace .03 99.0 and 96.0, .04 98.9 and 96.9, .05 98.8 and 97.4; Facenet512 93.1 and 79.0, 93.9 and
 * 83.4, 94.5 and 85.1.
 */
const FALSE_JOINS = 0.04

/** Highest rate of false matches, that of the calibrated thresholds: few groups are joined as two faces are. */
const MOST_RATE = 1e-3

/** Between the average cosine of the pairs (1), which splits albums with faces in profile, and the cosine of the means (0), which chains strangers. */
const LENGTH_POWER = 1 / 3

/**
 * Children resemble strangers of their age, so that the means of groups come closer than their faces are. Of 105 children below 7 years in UTKFace,
 * each another person, 463 pairs are joined with 1/3, 139 with 2/3 and 28 with 1; an album with as high thresholds (CFP) has a B³ F of 60.5, 52.5, 44.4.
 */
const YOUNG_LENGTH_POWER = 2 / 3

/**
 * The rule that holds for a crowd and an album alike. A group is compared with all others, as a face in a search is: among K groups, a rate of
 * false matches of p / K joins the share p of them to strangers. So a crowd, whose groups stay many, is grouped strictly, and the threshold
 * falls as the photos of an album become few groups.
 * @param count number of faces.
 * @example
 * const rule = ruleFor((rate) => 0.375 + 0.055 * Math.log10(1e-3 / rate), 3443)
 */
export const ruleFor = (thresholdAt: ThresholdAt, count: number): JoinRule => ({
  least: Float64Array.from({ length: count + 1 }, (_, groups) => groups === 0 ? Infinity : thresholdAt(Math.min(MOST_RATE, FALSE_JOINS / groups))),
  lengthPower: LENGTH_POWER,
  youngLengthPower: YOUNG_LENGTH_POWER
})

/** Joins two groups while the average cosine of their pairs of faces is at least `minScore` (average linkage; Sokal and Michener 1958). */
export const averageRule = (minScore: number, count: number): JoinRule =>
  ({ least: new Float64Array(count + 1).fill(minScore), lengthPower: 1, youngLengthPower: 1 })
