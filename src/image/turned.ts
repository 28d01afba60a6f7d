import { apply, turning } from '../math/affine.ts'
import type { Image } from './image.ts'
import type { Picture } from './picture.ts'

/** Returns `picture` rotated clockwise by `quarters` of a full turn. It decodes nothing itself: its pixels are those of `picture`. */
export function quarterTurned (picture: Picture, quarters: 1 | 2 | 3): Picture {
  const [width, height] = quarters === 2 ? [picture.width, picture.height] : [picture.height, picture.width]
  return {
    ...picture,
    width,
    height,
    at: async (...scales) => turn(await picture.at(...scales), quarters),
    whole: async () => turn(await picture.whole(), quarters)
  }
}

/** Returns `image` rotated clockwise by `quarters` of a full turn. */
function turn ({ width, height, data }: Image, quarters: 1 | 2 | 3): Image {
  const [w, h] = quarters === 2 ? [width, height] : [height, width]
  const out = new Uint8Array(data.length)
  // `column` and `row` are the steps in the source when the target advances by a column or a row.
  const back = turning(-quarters, w, h)
  const [x, y] = apply(back, [0, 0])
  const first = (y * width + x) * 3
  const column = (back.c * width + back.a) * 3
  const row = (back.d * width + back.b) * 3
  for (let v = 0, to = 0; v < h; v++) {
    for (let u = 0, from = first + v * row; u < w; u++, from += column, to += 3) {
      out[to] = data[from]!
      out[to + 1] = data[from + 1]!
      out[to + 2] = data[from + 2]!
    }
  }
  return { width: w, height: h, data: out }
}
