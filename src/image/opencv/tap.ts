/** The source pixels of one pixel of a resized row or column: `first` and `first + 1`, the second with weight `fraction`, 0..1. */
export interface Tap {
  readonly first: number
  readonly fraction: number
}

/**
 * Returns the taps of a bilinear resize from `from` to `to` pixels; pixel centres lie half a pixel from the edges. `first` may be −1 or
 * `from − 1`, when one of the two pixels is outside.
 * @param precision rounds the positions, which are doubles otherwise: OpenCV 4.11 (`imgproc/src/resize.cpp`) computes some of its resizes
 * in float32.
 * @param step source pixels from one tap to the next, when it is given instead of following from the sizes.
 */
export function taps (from: number, to: number, precision: (value: number) => number = Number, step = 1 / (to / from)): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = precision((i + 0.5) * step - 0.5)
    const first = Math.floor(at)
    return { first, fraction: precision(at - first) }
  })
}

/** Returns the tap with only the outermost pixel, when it lies beyond the centre of that pixel. */
export function inside ({ first, fraction }: Tap, size: number): Tap {
  if (first < 0) return { first: 0, fraction: 0 }
  return first >= size - 1 ? { first: size - 1, fraction: 0 } : { first, fraction }
}
