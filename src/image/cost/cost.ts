/** Cost of decoding a picture, as the structure of its file tells before anything is decoded. */
export interface DecodingCost {
  /** Most time that decoding takes on one core, in milliseconds. An estimate, by what the slowest pictures took per pixel, byte and scan. */
  readonly milliseconds: number
  /** Most memory that the decoder holds at once besides the pixels that it returns, in bytes. */
  readonly memory: number
  /** True when the file could cost more than it states, or when its decoder is the kind in which one call lasts long. */
  readonly isUncertain: boolean
}

/**
 * Nanoseconds that sharp 0.35 (libvips 8.18) takes per pixel and per byte of the file on one core of an AMD EPYC (Zen 4), for noise and for a
 * photo of 3 megapixels, rounded up. Progressive scans are measured on files whose scans refine all coefficients of all blocks.
 */
export const NANOSECONDS = {
  jpeg: { pixel: 5, byte: 10, scan: 2.5 },
  png: { pixel: 4, byte: 7, sample: 3 },
  webp: { pixel: 9, byte: 42 },
  gif: { pixel: 5, byte: 15 },
  bmp: { pixel: 12, byte: 2 },
  tiff: { pixel: 5, byte: 7 },
  avif: { pixel: 30, byte: 125 }
}

export const toMilliseconds = (nanoseconds: number): number => nanoseconds / 1e6
