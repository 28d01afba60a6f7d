/** Where a pixel of a resized row or column looks: `first` and `first + 1`, the second with weight `fraction`, 0..1. */
export interface Tap {
  readonly first: number
  readonly fraction: number
}

/**
 * Taps of a bilinear resize from `from` to `to` pixels: pixel centres lie half a pixel from the edges. `first` may be −1 or
 * `from − 1`, one of the two pixels then being outside. Positions are doubles, or what `precision` makes of them: OpenCV 4.11
 * (`imgproc/src/resize.cpp`) computes some of its resizes in float32. `step`: pixels from one tap to the next, where it was given and
 * does not follow from the sizes.
 */
export function taps (from: number, to: number, precision: (value: number) => number = Number, step = 1 / (to / from)): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = precision((i + 0.5) * step - 0.5)
    const first = Math.floor(at)
    return { first, fraction: precision(at - first) }
  })
}

/** Beyond the outermost pixel centres the outermost pixel counts alone. */
export function inside ({ first, fraction }: Tap, size: number): Tap {
  if (first < 0) return { first: 0, fraction: 0 }
  return first >= size - 1 ? { first: size - 1, fraction: 0 } : { first, fraction }
}
