/** Rounds to the nearest integer, halves to the even one: OpenCV's `cvRound`, Python's `round`, NumPy's `rint`. */
export function roundHalfEven (value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest < 0.5) return down
  if (rest > 0.5) return down + 1
  return down % 2 === 0 ? down : down + 1
}

/** Python's `round(value, digits)`: returns the decimal nearest to the exact value, and the even one when it lies exactly between two. */
export function roundTo (value: number, digits: number): number {
  const scaled = value * 10 ** digits
  // Only a value of few binary digits can lie exactly between two decimals; the product is exact then.
  const between = Number.isInteger(value * 2 ** (digits + 1)) && Math.abs(scaled % 1) === 0.5
  return between ? roundHalfEven(scaled) / 10 ** digits : Number(value.toFixed(digits))
}
