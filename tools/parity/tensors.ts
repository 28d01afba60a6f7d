import type { Image } from '../../src/image/image.ts'
import { toTensor } from '../../src/pipelines/deepface/preprocessing.ts'
import { sha256Hex } from '../../src/system/sha256.ts'
import type { TensorRecord } from './records.ts'

/** Number of recorded network inputs that are the same to the bit. */
export interface TensorsDifference {
  readonly compared: number
  readonly equal: number
  readonly differing: readonly string[]
}

/**
 * Compares network inputs. `crop` returns the recorded face of that file, or undefined to skip it.
 * @throws {Error} when reading a crop throws.
 */
export async function compareTensors (records: readonly TensorRecord[], crop: (name: string) => Promise<Image | undefined>): Promise<TensorsDifference> {
  const differing: string[] = []
  let compared = 0
  for (const { crop: name, path, size, normalization, sha256_le_f32: recorded } of records) {
    const image = await crop(name)
    if (!image) continue
    compared++
    const { buffer } = toTensor(image, { size, normalization, resize: path })
    if (sha256Hex(new Uint8Array(buffer)) !== recorded) differing.push(`${name} ${path} ${size.join(' × ')} ${normalization}`)
  }
  return { compared, equal: compared - differing.length, differing }
}
