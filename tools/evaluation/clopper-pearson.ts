/** Bounds of a share, 0..1. */
export interface Interval {
  readonly least: number
  readonly most: number
}

/**
 * Returns the exact confidence interval of a share, of which `count` of `of` trials were seen (Clopper and Pearson, Biometrika 1934): the shares
 * under which as many or more, and as few or fewer, come out with a probability of (1 − `level`) / 2 each. It takes trials for independent; pairs
 * of the same photos are not quite, so that the true interval is wider. NaN without trials.
 *
 * @example
 * clopperPearson(0, 100) // { least: 0, most: 0.0362 }
 */
export function clopperPearson (count: number, of: number, level = 0.95): Interval {
  if (of === 0) return { least: NaN, most: NaN }
  const tail = (1 - level) / 2
  return {
    least: count === 0 ? 0 : solve((p) => 1 - atMost(count - 1, of, p) - tail),
    most: count === of ? 1 : solve((p) => tail - atMost(count, of, p))
  }
}

/** The zero of a function that rises from 0 to 1. */
function solve (rising: (p: number) => number): number {
  let [low, high] = [0, 1]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (rising(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Probability of at most `count` of `of` trials with the probability `p` each: a sum of binomial terms, as logarithms. */
function atMost (count: number, of: number, p: number): number {
  const odds = Math.log(p) - Math.log1p(-p)
  let term = of * Math.log1p(-p)
  let [largest, sum] = [term, 1]
  for (let i = 0; i < count; i++) {
    term += Math.log((of - i) / (i + 1)) + odds
    if (term > largest) {
      sum = sum * Math.exp(largest - term) + 1
      largest = term
    } else sum += Math.exp(term - largest)
  }
  return Math.min(1, Math.exp(largest) * sum)
}
