import { conversionError } from '../../conversion-error.ts'
import { fromHalf } from '../../graph/half-floats.ts'
import { elements, lazy, shapeText, type Tensor } from '../../graph/tensor.ts'
import { lookUp } from '../table.ts'
import type { WeightEntry, WeightsGroup } from './model.ts'

/** Bytes per element, as stored. */
const SIZES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 }

/**
 * Reads the tensors of a weights manifest. The shards of a group form one sequence of bytes; a tensor may cross from one to the next.
 * Quantised tensors are returned as float32: `value · scale + min`, or widened from float16 (tfjs-core 4.22 `io/io_utils.ts`).
 * @throws {Error} ConversionError when a shard is missing, too short or too long, or a type is not supported.
 */
export function readWeights (groups: readonly WeightsGroup[], files: ReadonlyMap<string, Uint8Array>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  for (const { paths, weights } of groups) {
    const bytes = joined(paths.map((path) => {
      const shard = files.get(path)
      if (!shard) throw conversionError(`The shard ${path} is missing.`)
      return shard
    }))
    let at = 0
    for (const entry of weights) {
      const stored = entry.quantization?.dtype ?? entry.dtype
      const size = lookUp(SIZES, stored)
      if (size === undefined) throw conversionError(`The weights ${entry.name} are stored as ${stored}, which is not supported.`)
      const end = at + elements(entry.shape) * size
      if (!(end <= bytes.length)) throw conversionError(`The weights ${entry.name} of shape ${shapeText(entry.shape)} reach beyond the ${bytes.length} bytes of ${paths.join(', ')}.`)
      tensors.set(entry.name, toTensor(entry, stored, bytes.subarray(at, end)))
      at = end
    }
    if (at !== bytes.length) throw conversionError(`${paths.join(', ')} has ${bytes.length} bytes; the manifest tells of ${at}.`)
  }
  return tensors
}

function toTensor ({ name, shape, dtype, quantization }: WeightEntry, stored: string, bytes: Uint8Array): Tensor {
  if (!quantization) {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') throw conversionError(`The weights ${name} are ${dtype}, which is not supported.`)
    return { type: dtype, dims: shape, bytes: () => bytes }
  }
  if (dtype !== 'float32') throw conversionError(`The weights ${name} are ${dtype} quantised as ${stored}, which is not supported.`)
  if (stored === 'float16') return lazy(shape, () => fromHalf(bytes))
  const { scale, min } = quantization
  if (scale === undefined || min === undefined || !(stored === 'uint8' || stored === 'uint16')) throw conversionError(`The quantisation of ${name} lacks its scale or minimum, or is not known.`)
  return lazy(shape, () => {
    const values = stored === 'uint8' ? bytes : Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! | bytes[2 * i + 1]! << 8)
    return Float32Array.from(values, (value) => value * scale + min)
  })
}

function joined (parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
