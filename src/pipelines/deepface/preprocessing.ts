import type { Image } from '../../image/image.ts'
import { toCanvas } from '../../image/opencv/canvas.ts'
import { resizeFloat } from '../../image/opencv/resize-float.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Normalization } from '../../names.ts'
import { normalize } from './normalization.ts'

export interface TensorOptions {
  /** Of the network's input. All are square but DeepID's, 55 × 47. */
  readonly size: readonly [height: number, width: number]
  readonly normalization: Normalization
  /**
   * Every DeepFace model sees blue first, but for the query of `find`, which it gives red first (an error of its that
   * changes distances).
   */
  readonly channels?: 'BGR' | 'RGB'
  /**
   * `float` resizes pixels of 0..1, as DeepFace does with what a detector found. `uint8` resizes whole numbers, as it does with the
   * picture as a whole in `represent` with the detector `skip`.
   */
  readonly resize?: 'float' | 'uint8'
}

/**
 * A face as a network of DeepFace sees it: float32 [height, width, 3], shrunk or enlarged to fit, black around, then normalized;
 * 0..1 when the normalization is `base`. `resize_image` and `normalize_input` of `preprocessing.py`, DeepFace 0.0.100, to the bit.
 * `crop` has at least one pixel.
 */
export function toTensor (crop: Image, { size: [height, width], normalization, channels = 'BGR', resize = 'float' }: TensorOptions): Float32Array {
  const factor = Math.min(height / crop.height, width / crop.width)
  // Cut off, as DeepFace does: often one pixel less than would fit. It fails where a side becomes 0, here a pixel is left.
  const w = Math.max(1, Math.trunc(crop.width * factor))
  const h = Math.max(1, Math.trunc(crop.height * factor))
  const values = resize === 'float' ? resizeFloat(crop, w, h) : fromUint8(resizeUint8(toCanvas(crop), w, h))
  const tensor = new Float32Array(height * width * 3)
  const start = ((height - h >> 1) * width + (width - w >> 1)) * 3
  const [first, third] = channels === 'BGR' ? [2, 0] : [0, 2]
  for (let y = 0, from = 0; y < h; y++) {
    for (let x = 0, to = start + y * width * 3; x < w; x++, from += 3, to += 3) {
      tensor[to] = values[from + first]!
      tensor[to + 1] = values[from + 1]!
      tensor[to + 2] = values[from + third]!
    }
  }
  normalize(tensor, normalization)
  return tensor
}

/** 0..255 as 0..1, unless all values are 0 or 1: DeepFace divides where the largest is above 1. */
function fromUint8 ({ data }: Image): Float32Array {
  const divisor = data.some((value) => value > 1) ? 255 : 1
  return Float32Array.from(data, (value) => value / divisor)
}
