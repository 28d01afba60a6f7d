import { crop } from '../../image/crop.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey, type WarpTarget } from '../../image/warp.ts'
import { output, type Session } from '../../onnx/session.ts'
import { FACES_AT_ONCE } from '../faces-at-once.ts'
import type { FaceCrop } from './align.ts'

export interface CropOptions {
  /** Of the crops, in pixels. */
  readonly width: number
  readonly height: number
  readonly outside: WarpTarget['outside']
  /** One grey channel instead of RGB. */
  readonly grey?: boolean
}

/** The values one face got. */
export interface FaceOutputs {
  /** @throws {Error} when the network has no output of that name. */
  named: (name: string) => Float32Array
  /** Of a network with one output. */
  only: () => Float32Array
}

/** Cuts each face out of `picture`, runs the crops through `session` in batches and reads the outputs of each. */
export async function runCrops<Result> (
  session: Session,
  picture: Picture,
  crops: readonly FaceCrop[],
  { width, height, outside, grey = false }: CropOptions,
  read: (outputs: FaceOutputs) => Result
): Promise<Result[]> {
  const results: Result[] = []
  const stride = width * height * 3
  for (let start = 0; start < crops.length; start += FACES_AT_ONCE) {
    const batch = crops.slice(start, start + FACES_AT_ONCE)
    const rgb = new Uint8Array(batch.length * stride)
    for (const [i, { toCrop, inside }] of batch.entries()) {
      const out = rgb.subarray(i * stride, (i + 1) * stride)
      await crop(picture, toCrop, { width, height, out, outside })
      if (inside) blacken(out, width, inside)
    }
    const outputs = await session.run(grey ? toGrey(rgb) : rgb, [batch.length, height, width, grey ? 1 : 3])
    for (const i of batch.keys()) {
      const row = (values: Float32Array) => values.subarray(i * values.length / batch.length, (i + 1) * values.length / batch.length)
      results.push(read({
        named: (name) => row(output(outputs, name).data),
        only: () => row([...outputs.values()][0]!.data)
      }))
    }
  }
  return results
}

/** Makes the pixels of rows of `width` black that lie outside of `inside`. */
function blacken (rgb: Uint8Array, width: number, inside: NonNullable<FaceCrop['inside']>): void {
  const stride = width * 3
  const [first, last] = [inside.top * stride, (inside.top + inside.height) * stride]
  rgb.fill(0, 0, first)
  rgb.fill(0, last)
  for (let row = first; row < last; row += stride) {
    rgb.fill(0, row, row + inside.left * 3)
    rgb.fill(0, row + (inside.left + inside.width) * 3, row + stride)
  }
}
