import { conversionError } from '../../conversion-error.ts'
import { integers, reshaped, type Tensor } from '../../graph/tensor.ts'
import { constant, type Operation, value } from './context.ts'
import { label } from './node-attributes.ts'
import { TO_NHWC } from './operand.ts'

/** A list of sizes as a constant, as Reshape takes it. */
const sizesOf = (sizes: readonly number[]): Tensor => ({ type: 'int32', dims: [sizes.length], bytes: () => new Uint8Array(Int32Array.from(sizes).buffer) })

/** Arithmetic on sizes, as in graphs that flatten pictures of any batch size. */
export const SIZES: Readonly<Record<string, Operation>> = {
  Shape: (context) => {
    // As in Reshape, −1 is a size that is known only at run time.
    const x = value(context, 0)
    const sizes = x.ref.dims.map((dim) => typeof dim === 'number' ? dim : -1)
    return { constant: sizesOf(x.picture ? TO_NHWC.map((axis) => sizes[axis]!) : sizes) }
  },
  StridedSlice: (context) => {
    const [from, start, end, step] = [0, 1, 2, 3].map((i) => integers(constant(context, i))) as [number[], number[], number[], number[]]
    const { begin_mask: first, end_mask: last, shrink_axis_mask: shrink, ellipsis_mask: ellipsis, new_axis_mask: fresh } = context.node.attributes
    const supported = constant(context, 0).dims.length === 1 && step.length === 1 && step[0] === 1 && !ellipsis?.i && !fresh?.i
    if (!supported) throw conversionError(`${label(context.node)} is supported for a list of sizes only.`)
    const part = from.slice(first?.i ? 0 : start[0], last?.i ? undefined : shrink?.i ? start[0]! + 1 : end[0])
    return { constant: shrink?.i ? reshaped(sizesOf(part), []) : sizesOf(part) }
  },
  Pack: (context) => ({ constant: sizesOf(context.inputs.flatMap((_, i) => integers(constant(context, i)))) })
}
