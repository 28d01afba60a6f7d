import type { Image } from '../../image/image.ts'
import { toCanvas } from '../../image/opencv/canvas.ts'
import { resizeFloat } from '../../image/opencv/resize-float.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Normalization } from '../../names.ts'
import { normalize } from './normalization.ts'

export interface TensorOptions {
  /** Size of the network's input in pixels. All are square except DeepID's, 55 × 47. */
  readonly size: readonly [height: number, width: number]
  readonly normalization: Normalization
  /** Order of the channels. DeepFace feeds blue first, except for the query of `find`, red first: an error of DeepFace that changes distances. */
  readonly channels?: 'BGR' | 'RGB'
  /**
   * `float` resizes pixels of 0..1, as DeepFace does with the faces of a detector. `uint8` resizes whole numbers, as it does with the
   * whole picture in `represent` with the detector `skip`.
   */
  readonly resize?: 'float' | 'uint8'
}

/**
 * Makes the input of a DeepFace network from the crop of a face, which has at least one pixel: float32 [height, width, 3], resized to fit,
 * padded with black, then normalized; 0..1 when the normalization is `base`. `resize_image` and `normalize_input` of `preprocessing.py`,
 * DeepFace 0.0.100, to the bit.
 *
 * @example
 * const tensor = toTensor(face.crop, { size: [160, 160], normalization: 'Facenet' })
 */
export function toTensor (
  crop: Image,
  { size: [height, width], normalization, channels = 'BGR', resize = 'float' }: TensorOptions
): Float32Array {
  const factor = Math.min(height / crop.height, width / crop.width)
  // Truncated, as DeepFace does: often one pixel less than would fit. DeepFace fails when a side becomes 0; here a pixel is left.
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

/** Scales 0..255 to 0..1, unless all values are 0 or 1: DeepFace divides only when the largest is above 1. */
function fromUint8 ({ data }: Image): Float32Array {
  const divisor = data.some((value) => value > 1) ? 255 : 1
  return Float32Array.from(data, (value) => value / divisor)
}
