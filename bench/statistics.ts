/** Statistics of repeated measurements. */

/** Value below which the share `q` of `values` lies. */
export function quantile (values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** `min / median`, right-aligned: what the machine can do, and what it did. */
export const spread = (values: readonly number[], digits = 1): string =>
  `${Math.min(...values).toFixed(digits).padStart(7)} /${median(values).toFixed(digits).padStart(7)}`

/** Random number of the standard normal distribution (Box and Muller, 1958). */
export function normal (): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
}

/** Measures how long `work` takes, in seconds. */
export async function seconds (work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
