/**
 * Measures the sharpness of a square grey picture: the variance of its Laplacian (the four neighbours minus four times the pixel), as
 * Pech-Pacheco et al. measure focus ("Diatom autofocusing in brightfield microscopy", ICPR 2000, "LAPV"). 0 for a plain area. Comparable
 * only between pictures of the same size.
 * @param grey size × size values, row by row, 0..255.
 */
export function sharpness (grey: Uint8Array, size: number): number {
  let sum = 0
  let squares = 0
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x
      const value = grey[i - 1]! + grey[i + 1]! + grey[i - size]! + grey[i + size]! - 4 * grey[i]!
      sum += value
      squares += value * value
    }
  }
  const count = (size - 2) ** 2
  return squares / count - (sum / count) ** 2
}
