import { conversionError } from '../../conversion-error.ts'
import type { Builder, Ref } from '../../graph/builder.ts'
import { int } from '../../graph/graph.ts'
import { permuted } from '../../graph/shapes.ts'
import { int64, integers, scalar } from '../../graph/tensor.ts'
import { asTensorFlow, axisOf, fromTensorFlow, made, perAxis } from '../tensorflow/operand.ts'
import type { Translation } from './operation.ts'

/** Repeats a constant with a first axis of 1, as a file for a batch of 1 has it, for each element of the batch of `like`. */
export function repeated (builder: Builder, name: string, ref: Ref, like: Ref): Ref {
  const [first, ...rest] = ref.dims
  if (first !== 1 || rest.some((dim) => typeof dim === 'string')) return ref
  const sizes = builder.node('Shape', `${name}/batch`, [like], [1], { end: int(1) })
  const shape = builder.node('Concat', `${name}/shape`, [sizes, builder.constant(`${name}/rest`, int64(rest as number[]))], [ref.dims.length], { axis: int(0) })
  return builder.node('Expand', name, [ref, shape], [like.dims[0]!, ...rest])
}

/** Reorders the axes by `perm`, which counts the file's axes. */
export const transpose: Translation = ({ builder, name, value, constant }) => {
  const x = value(0)
  const perm = integers(constant(1) ?? scalar(0))
  if (!x.picture) return made(builder.transpose(name, x.ref, perm), false)
  permuted(name, x.ref.dims, perm)
  return made(builder.transpose(name, x.ref, perAxis(x, perm).map((axis) => axisOf(x, axis))))
}

/**
 * Takes a part of each axis, in steps of 1. Bit i of a mask concerns axis i: `begin_mask` and `end_mask` take from its start and up to its
 * end, `shrink_axis_mask` takes one index and removes the axis. The batch is taken as a whole and stays: in the file it is 1.
 */
export const stridedSlice: Translation = ({ builder, name, value, constant, options }) => {
  const [begins, ends, steps] = [1, 2, 3].map((i) => integers(constant(i) ?? scalar(0))) as [number[], number[], number[]]
  const has = (mask: number, axis: number): boolean => Boolean(options.int32(mask) >> axis & 1)
  const x = value(0)
  const { dims } = x.ref
  if ([begins, ends, steps].some(({ length }) => length !== dims.length) || steps.some((step) => step !== 1) || options.int32(2) || options.int32(3)) {
    throw conversionError(`${name}: STRIDED_SLICE is supported in steps of 1, with a begin and an end for each axis.`)
  }
  let part = x.ref
  const gone: number[] = []
  for (const axis of dims.keys()) {
    const size = dims[axisOf(x, axis)]
    const begin = has(0, axis) ? 0 : begins[axis]!
    if (axis === 0 && typeof size === 'string') {
      if (begin !== 0 || !(has(1, axis) || has(4, axis) || ends[axis]! >= 1)) throw conversionError(`${name}: STRIDED_SLICE takes a part of the batch.`)
      continue
    }
    const end = has(4, axis) ? (begin === -1 ? Infinity : begin + 1) : has(1, axis) ? Infinity : ends[axis]!
    if (has(4, axis)) gone.push(axis)
    if (begin !== 0 || !(end === Infinity || end === size)) part = builder.slice(`${name}/axis ${axis}`, part, axisOf(x, axis), begin, end)
  }
  if (gone.length === 0) return { ref: part, picture: x.picture }
  const whole = asTensorFlow(builder, name, { ref: part, picture: x.picture })
  return fromTensorFlow(builder, name, builder.reshape(name, whole, whole.dims.filter((_, axis) => !gone.includes(axis))))
}
