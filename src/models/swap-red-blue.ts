/** A copy of interleaved pixels of three channels with the first and the third exchanged: RGB becomes BGR, and back. */
export function swapRedBlue (pixels: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(pixels.length)
  for (let i = 0; i < pixels.length; i += 3) {
    swapped[i] = pixels[i + 2]!
    swapped[i + 1] = pixels[i + 1]!
    swapped[i + 2] = pixels[i]!
  }
  return swapped
}
