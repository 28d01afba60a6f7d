import { conversionError } from '../../conversion-error.ts'
import type { Builder, Ref } from '../../graph/builder.ts'
import { elements, reshaped, shapeText, type Tensor, transposed } from '../../graph/tensor.ts'

/** Result of an operation. When `picture` is true, it is [n, h, w, c] in TensorFlow and [n, c, h, w] in `ref`; otherwise the axes agree. */
export interface Computed { readonly ref: Ref, readonly picture: boolean }

/** A value of a TensorFlow graph: an untouched constant, or the result of an operation. */
export type Operand = { readonly constant: Tensor } | Computed

/** For each of TensorFlow's axes [n, h, w, c], its index in [n, c, h, w]. */
const PICTURE_AXES = [0, 2, 3, 1] as const
const TO_NCHW = [0, 3, 1, 2] as const
export const TO_NHWC = [0, 2, 3, 1] as const

export const made = (ref: Ref, picture = ref.dims.length === 4): Computed => ({ ref, picture })

/** Returns the operand as a value of the graph, adding a constant to the graph if necessary. */
export function computed (builder: Builder, name: string, operand: Operand): Computed {
  if ('ref' in operand) return operand
  const isPicture = operand.constant.dims.length === 4
  return { ref: builder.constant(name, isPicture ? transposed(operand.constant, TO_NCHW) : operand.constant), picture: isPicture }
}

/** Maps TensorFlow's axis to that of our value. */
export function axisOf ({ ref, picture }: Computed, axis: number): number {
  const front = axis < 0 ? axis + ref.dims.length : axis
  return picture ? PICTURE_AXES[front] ?? front : front
}

/** Reorders a list with one entry for each of TensorFlow's axes to the axes of our value. */
export const perAxis = <T>({ picture }: { readonly picture: boolean }, values: readonly T[]): T[] =>
  picture ? TO_NCHW.map((axis) => values[axis]!) : [...values]

/** Returns the value with TensorFlow's axes. */
export function asTensorFlow (builder: Builder, name: string, { ref, picture }: Computed): Ref {
  if (!picture) return ref
  const [n, c, h, w] = ref.dims
  // A single pixel has the same element order in both layouts.
  if (h === 1 && w === 1) return builder.reshape(`${name}/nhwc`, ref, [n!, 1, 1, c!])
  return builder.transpose(`${name}/nhwc`, ref, TO_NHWC)
}

/** Converts a value with TensorFlow's axes to our layout: pictures become [n, c, h, w]. */
export const fromTensorFlow = (builder: Builder, name: string, ref: Ref): Computed =>
  ref.dims.length === 4 ? made(builder.transpose(`${name}/nchw`, ref, TO_NCHW), true) : made(ref, false)

/** Reshapes a constant so that it broadcasts against `other`. @throws {Error} ConversionError when it has more than four axes. */
export function beside (name: string, constant: Tensor, other: Computed): Tensor {
  if (!other.picture || elements(constant.dims) === 1) return elements(constant.dims) === 1 ? reshaped(constant, []) : constant
  if (constant.dims.length > 4) throw conversionError(`${name} combines a picture with a constant of shape ${shapeText(constant.dims)}.`)
  const nhwc = [...Array.from({ length: 4 - constant.dims.length }, () => 1), ...constant.dims]
  return transposed(reshaped(constant, nhwc), TO_NCHW)
}
