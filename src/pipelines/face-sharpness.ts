import { crop } from '../image/crop.ts'
import { sharpness } from '../image/laplacian-variance.ts'
import type { Picture } from '../image/picture.ts'
import { toGrey } from '../image/warp.ts'
import type { Face } from './contract.ts'
import { boxToCrop } from './native/align.ts'

/** Side of the measured crop, in pixels: that of a recogniser's input, so that detail a recogniser does not see does not count. */
const SIDE = 112

/** Returns the faces with the sharpness of each, measured in its box. */
export async function withSharpness<Found extends Face> (
  picture: Picture,
  faces: readonly Found[]
): Promise<Array<Found & { sharpness: number }>> {
  const measured: Array<Found & { sharpness: number }> = []
  for (const face of faces) {
    const rgb = new Uint8Array(SIDE * SIDE * 3)
    await crop(picture, boxToCrop(face.box, undefined, SIDE, SIDE, false), { width: SIDE, height: SIDE, out: rgb, outside: 'replicate' })
    measured.push({ ...face, sharpness: sharpness(toGrey(rgb), SIDE) })
  }
  return measured
}
