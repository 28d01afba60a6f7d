import { conversionError } from '../../conversion-error.ts'
import { fromHalf } from '../../graph/half-floats.ts'
import { byteLength, elements, lazy, shapeText, type Tensor } from '../../graph/tensor.ts'
import type { Quantization, TensorInfo } from './tflite-schema.ts'

/**
 * Returns the value of a constant in the file's layout; undefined for computed tensors. float16 and quantised constants become float32 when
 * their bytes are read; integers without a scale are kept.
 * @throws {Error} ConversionError when the type is not supported, or the bytes do not fill the shape.
 */
export function constantOf ({ name, type, shape, quantization, data }: TensorInfo): Tensor | undefined {
  if (!data) return undefined
  if (typeof type === 'number') throw conversionError(`The tensor ${name} has TensorType ${type}, which is not supported.`)
  const expected = byteLength({ type, dims: shape })
  if (data.length !== expected || shape.some((dim) => dim < 0)) throw conversionError(`The tensor ${name} has ${data.length} bytes; its shape ${shapeText(shape)} of ${type} needs ${expected}.`)
  if (type === 'float16') return lazy(shape, () => fromHalf(data))
  if (type === 'float32' || type === 'int64' || !quantization) return { type, dims: shape, bytes: () => data }
  checkQuantization(name, shape, quantization)
  return lazy(shape, () => dequantised(stored(type, data), shape, quantization))
}

/** Returns the stored integers. Data in a FlatBuffer may be unaligned, so wide integers are copied. */
function stored (type: 'int8' | 'uint8' | 'int32', data: Uint8Array): Int8Array | Uint8Array | Int32Array {
  if (type === 'uint8') return data
  return type === 'int8' ? new Int8Array(data.buffer, data.byteOffset, data.length) : new Int32Array(new Uint8Array(data).buffer)
}

/** real = scale · (stored − zero), with one pair for each index along the axis (TensorFlow Lite 8-bit quantization specification). */
function dequantised (values: Int8Array | Uint8Array | Int32Array, shape: readonly number[], { scales, zeros, axis }: Quantization): Float32Array {
  const after = scales.length === 1 ? values.length : elements(shape.slice(axis + 1))
  const real = new Float32Array(values.length)
  for (let i = 0; i < real.length; i++) {
    const pair = Math.floor(i / after) % scales.length
    real[i] = scales[pair]! * (values[i]! - (zeros[pair] ?? 0))
  }
  return real
}

function checkQuantization (name: string, shape: readonly number[], { scales, axis }: Quantization): void {
  if (scales.length !== 1 && shape[axis] !== scales.length) {
    throw conversionError(`The tensor ${name} has ${scales.length} scales along axis ${axis} of ${shapeText(shape)}.`)
  }
}
