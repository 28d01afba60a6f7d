import { UsageError } from '../../src/commands/usage-error.ts'
import { type Metric, FROM_COSINE, similarity } from '../../src/match/distance.ts'
import type { Calibration } from '../../src/models/card.ts'
import { fitLogistic } from './logistic.ts'
import { FAR } from './pair-accuracy.ts'
import type { PairList } from './pair-list.ts'
import { boundAtFar } from './roc.ts'
import { type KnownFace, strangersDistances } from './strangers.ts'

/** Decimals of a threshold: finer than the noise of JPEG compression. */
const PRECISION = 4

/**
 * Fits the thresholds at which one in a thousand pairs of two people is accepted, and the probability curve over the similarity.
 * Thresholds come from all pairs of the list's photos that show two people; the curve from these and the list's own pairs of one person.
 * `embeddings` holds, for each photo, the one face that shows the person it is named after; photos without a face are left out.
 * @throws {UsageError} when the list does not name people, or has too few pairs.
 */
export function fitCalibration (
  list: PairList,
  embeddings: ReadonlyMap<string, Float32Array>
): Omit<Calibration, 'measured'> & { same: number, different: number } {
  if (list.people.size === 0) throw new UsageError('The list does not say who is on its photos. Calibrate on a list in the format of Labeled Faces in the Wild.')
  const faces = [...list.people].flatMap(([photo, person]): KnownFace[] => {
    const embedding = embeddings.get(photo)
    return embedding ? [{ person, embedding }] : []
  })
  const same = Float64Array.from(list.pairs.flatMap((pair) => {
    const [a, b] = [embeddings.get(pair.a), embeddings.get(pair.b)]
    return pair.same && a && b ? [similarity(a, b)] : []
  }))
  const strangers = strangersDistances(faces, 'cosine')
  if (strangers.length * FAR < 1) throw new UsageError(`The list has ${strangers.length} pairs of two people; a false accept rate of ${FAR} needs at least ${1 / FAR}.`)

  const cosine = atMost(boundAtFar(strangers, FAR))
  const { slope, intercept } = fitLogistic(same, strangers.map((distance) => 1 - distance))
  return {
    same: same.length,
    different: strangers.length,
    thresholds: {
      cosine,
      euclidean: atMost(boundAtFar(strangersDistances(faces, 'euclidean'), FAR)),
      euclidean_l2: fromCosine('euclidean_l2', cosine),
      angular: fromCosine('angular', cosine)
    },
    probability: { slope: rounded(slope), intercept: rounded(intercept) },
    ...falseMatchesBelow(strangers, cosine)
  }
}

/** Rates below FAR at which the fall of the distance is measured, and the fewest pairs of two people below a bound that is trusted. */
const RATES = [3e-4, 1e-4, 3e-5, 1e-5]
const FEWEST = 10

/** Fits a line through the threshold to the distances at `RATES`, over the logarithm of the rate, by least squares; nothing where pairs are too few. */
function falseMatchesBelow (strangers: Float64Array, threshold: number): Pick<Calibration, 'falseMatches'> {
  const rates = RATES.filter((rate) => rate * strangers.length >= FEWEST)
  const measuredTo = rates.at(-1)
  if (measuredTo === undefined) return {}
  const decades = rates.map((rate) => Math.log10(FAR / rate))
  const falls = rates.map((rate) => threshold - boundAtFar(strangers, rate))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const perDecade = sum(falls.map((fall, i) => fall * decades[i]!)) / sum(decades.map((x) => x * x))
  return { falseMatches: { perDecade: rounded(perDecade), measuredTo } }
}

/** All three metrics depend on the angle alone: their thresholds follow from one, so that a pair gets the same verdict in each. */
const fromCosine = (metric: Exclude<Metric, 'cosine' | 'euclidean'>, distance: number): number => rounded(FROM_COSINE[metric](1 - distance))

const rounded = (value: number): number => Number(value.toFixed(PRECISION))

/** Largest threshold of PRECISION decimals below `bound`. */
function atMost (bound: number): number {
  const unit = 10 ** -PRECISION
  const value = rounded(bound)
  return value < bound ? value : rounded(value - unit)
}
