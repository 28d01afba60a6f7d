import { conversionError } from '../../conversion-error.ts'
import { floats, lazy } from '../../graph/tensor.ts'
import { constant, type Operation } from './context.ts'
import { label } from './node-attributes.ts'

/**
 * Dequantises eight-bit weights, which divide the range from minimum to maximum into 255 steps: `QuantizedToFloat` of
 * tensorflow/core/kernels/quantization_utils.h, TensorFlow 2.21.
 */
export const dequantize: Operation = (context) => {
  const { node } = context
  if (node.attributes['mode']?.s !== 'MIN_FIRST' || node.attributes['T']?.type !== 'DT_QUINT8') throw conversionError(`${label(node)} is supported for DT_QUINT8 in mode MIN_FIRST only.`)
  const stored = constant(context, 0)
  const [least, most] = [1, 2].map((i) => floats(constant(context, i))[0]!) as [number, number]
  const step = (most - least) / 255
  // Zero is one of the steps, so the first step is near `least` instead of at it.
  const first = step === 0 ? least : Math.round(least / step) * step
  return {
    constant: lazy(stored.dims, () => {
      const bytes = stored.bytes()
      const values = new Float32Array(bytes.length)
      for (let i = 0; i < values.length; i++) values[i] = bytes[i]! * step + first
      return values
    })
  }
}
