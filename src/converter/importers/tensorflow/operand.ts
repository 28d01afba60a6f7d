import { conversionError } from '../../conversion-error.ts'
import type { Builder, Ref } from '../../graph/builder.ts'
import { elements, reshaped, shapeText, type Tensor, transposed } from '../../graph/tensor.ts'

/** What an operation makes. `picture`: TensorFlow has [n, h, w, c] here, and `ref` is [n, c, h, w]. Otherwise both have the same axes. */
export interface Computed { readonly ref: Ref, readonly picture: boolean }

/** A value of a TensorFlow graph: a constant as it is, or what an operation makes. */
export type Operand = { readonly constant: Tensor } | Computed

/** The axis of [n, c, h, w] that TensorFlow's axis of [n, h, w, c] is. */
const PICTURE_AXES = [0, 2, 3, 1] as const
const TO_NCHW = [0, 3, 1, 2] as const
export const TO_NHWC = [0, 2, 3, 1] as const

export const made = (ref: Ref, picture = ref.dims.length === 4): Computed => ({ ref, picture })

/** A value that is computed; a constant becomes one. */
export function computed (builder: Builder, name: string, operand: Operand): Computed {
  if ('ref' in operand) return operand
  const isPicture = operand.constant.dims.length === 4
  return { ref: builder.constant(name, isPicture ? transposed(operand.constant, TO_NCHW) : operand.constant), picture: isPicture }
}

/** TensorFlow's axis as that of the value we hold. */
export function axisOf ({ ref, picture }: Computed, axis: number): number {
  const front = axis < 0 ? axis + ref.dims.length : axis
  return picture ? PICTURE_AXES[front] ?? front : front
}

/** One entry an axis of TensorFlow's, in the order of the value we hold. */
export const perAxis = <T>({ picture }: { readonly picture: boolean }, values: readonly T[]): T[] =>
  picture ? TO_NCHW.map((axis) => values[axis]!) : [...values]

/** The value with TensorFlow's own axes. */
export function asTensorFlow (builder: Builder, name: string, { ref, picture }: Computed): Ref {
  if (!picture) return ref
  const [n, c, h, w] = ref.dims
  // A single pixel reads the same in both orders.
  if (h === 1 && w === 1) return builder.reshape(`${name}/nhwc`, ref, [n!, 1, 1, c!])
  return builder.transpose(`${name}/nhwc`, ref, TO_NHWC)
}

/** A value with TensorFlow's axes as one we go on with: pictures as [n, c, h, w]. */
export const fromTensorFlow = (builder: Builder, name: string, ref: Ref): Computed =>
  ref.dims.length === 4 ? made(builder.transpose(`${name}/nchw`, ref, TO_NCHW), true) : made(ref, false)

/** A constant as it must be to meet `other` element by element. @throws {Error} ConversionError when it has more axes. */
export function beside (name: string, constant: Tensor, other: Computed): Tensor {
  if (!other.picture || elements(constant.dims) === 1) return elements(constant.dims) === 1 ? reshaped(constant, []) : constant
  if (constant.dims.length > 4) throw conversionError(`${name} combines a picture with a constant of shape ${shapeText(constant.dims)}.`)
  const nhwc = [...Array.from({ length: 4 - constant.dims.length }, () => 1), ...constant.dims]
  return transposed(reshaped(constant, nhwc), TO_NCHW)
}
