/** Decoded upright pixels in RGB order, row by row: `data[(y * width + x) * 3 + channel]`, 0..255. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
