import { crop } from '../../image/crop.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey, type WarpTarget } from '../../image/warp.ts'
import { output, type Session } from '../../onnx/session.ts'
import { FACES_AT_ONCE } from '../faces-at-once.ts'
import type { FaceCrop } from './align.ts'

export interface CropOptions {
  /** Width of the crops in pixels. */
  readonly width: number
  /** Height of the crops in pixels. */
  readonly height: number
  readonly outside: WarpTarget['outside']
  readonly density?: number
  /** Feeds one grey channel instead of RGB. */
  readonly grey?: boolean
}

/** Outputs of a network for one face. */
export interface FaceOutputs {
  /** Values of the output of that name. @throws {Error} when the network has none. */
  named: (name: string) => Float32Array
  /** Values of the only output. */
  only: () => Float32Array
}

/**
 * Crops each face out of `picture`, runs the crops through `session` in batches of uint8 [faces, height, width, 3 or 1], and returns what
 * `read` makes of the outputs of each.
 *
 * @example
 * const crops = faces.map((face) => alignToTemplate(face, TEMPLATE, [112, 112], framing))
 * const ages = await runCrops(session, picture, crops, { width: 112, height: 112, outside: 'black' }, ({ named }) => named('age')[0]!)
 */
export async function runCrops<Result> (
  session: Session,
  picture: Picture,
  crops: readonly FaceCrop[],
  { width, height, outside, density = 1, grey = false }: CropOptions,
  read: (outputs: FaceOutputs) => Result
): Promise<Result[]> {
  const results: Result[] = []
  const stride = width * height * 3
  for (let start = 0; start < crops.length; start += FACES_AT_ONCE) {
    const batch = crops.slice(start, start + FACES_AT_ONCE)
    const rgb = new Uint8Array(batch.length * stride)
    for (const [i, { toCrop, inside }] of batch.entries()) {
      const out = rgb.subarray(i * stride, (i + 1) * stride)
      await crop(picture, toCrop, { width, height, out, outside, density })
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

/** Blackens the pixels outside `inside`, in rows of `width` pixels. */
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
