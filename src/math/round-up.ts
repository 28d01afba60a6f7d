/** The smallest multiple of `step` that is `value` or more. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step
