/** Smallest multiple of `step` that is at least `value`. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step
