import { conversionError } from '../conversion-error.ts'
import type { Dim } from './graph.ts'
import { elements, shapeText } from './tensor.ts'

/** Pixels added before and after each spatial axis. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number]

/**
 * Padding of a window: none; as much as gives the output ⌈size / stride⌉ places, with an odd pixel at the end (TensorFlow's SAME, which
 * is ONNX's SAME_UPPER); or a given number of pixels.
 */
export type Padding = 'valid' | 'same' | Pads

/** A window that slides over the two spatial axes of [n, c, h, w]. */
export interface Window {
  readonly kernel: readonly [height: number, width: number]
  readonly strides: readonly [height: number, width: number]
  readonly dilations: readonly [height: number, width: number]
  readonly padding: Padding
  /** Whether a last window that fits only in part counts (`ceil_mode` in PyTorch and Caffe). */
  readonly ceil?: boolean
}

/** Number of pixels that the window covers along an axis. */
const reach = ({ kernel, dilations }: Window, axis: 0 | 1): number => (kernel[axis] - 1) * dilations[axis] + 1

/** Returns the padding in pixels, or `same` when it depends on a size that is known only when the graph runs. */
export function padsOf (window: Window, dims: readonly Dim[]): Pads | 'same' {
  const { padding, strides } = window
  if (padding === 'valid') return [0, 0, 0, 0]
  if (padding !== 'same') return padding
  const totals = ([0, 1] as const).map((axis) => {
    const size = dims[2 + axis]
    if (strides[axis] === 1) return reach(window, axis) - 1
    return typeof size === 'number' ? Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + reach(window, axis) - size) : undefined
  })
  const [h, w] = totals
  if (h === undefined || w === undefined) return 'same'
  return [Math.floor(h / 2), Math.floor(w / 2), Math.ceil(h / 2), Math.ceil(w / 2)]
}

/** Spatial sizes after a window has slid over [n, c, h, w]. @throws {Error} ConversionError when the window does not fit. */
export function windowed (name: string, window: Window, dims: readonly Dim[]): [Dim, Dim] {
  if (dims.length !== 4) throw conversionError(`${name} needs [n, c, h, w]; it has ${shapeText(dims)}.`)
  const odd = [window.kernel, window.strides, window.dilations].find((pair) => pair.some((size) => !(Number.isInteger(size) && size > 0)))
  if (odd) throw conversionError(`${name}: its window has an impossible kernel, stride or dilation of ${shapeText(odd)}.`)
  const pads = padsOf(window, dims)
  const along = (axis: 0 | 1): Dim => {
    const size = dims[2 + axis]!
    if (typeof size === 'string') return unknown(name, axis)
    if (pads === 'same') return Math.ceil(size / window.strides[axis])
    const rest = size + pads[axis] + pads[axis + 2]! - reach(window, axis)
    if (rest < 0) throw conversionError(`${name}: a window of ${reach(window, axis)} does not fit into ${size} pixels.`)
    const steps = rest / window.strides[axis]
    if (!window.ceil) return Math.floor(steps) + 1
    // A last window that would start in the padding after the picture does not count (PyTorch 2, ATen/native/Pool.h; ONNX Runtime too).
    const last = Math.ceil(steps)
    return last * window.strides[axis] < size + pads[axis] ? last + 1 : last
  }
  return [along(0), along(1)]
}

/** Name for a size that is known only when the graph runs. */
export const unknown = (name: string, axis: number): string => `${name}_${axis}`

/**
 * Shape of two values combined element by element, with the broadcasting of NumPy and ONNX.
 * @throws {Error} ConversionError when they do not fit.
 */
export function broadcast (name: string, a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i): Dim => {
    const [x = 1, y = 1] = [a[a.length - rank + i], b[b.length - rank + i]]
    if (x === 1 || x === y) return y
    if (y === 1 || typeof y === 'string') return x
    if (typeof x === 'string') return y
    throw conversionError(`${name} cannot combine ${shapeText(a)} with ${shapeText(b)}.`)
  })
}

/** Shape of several values concatenated along `axis`. @throws {Error} ConversionError when they differ on another axis. */
export function concatenated (name: string, shapes: ReadonlyArray<readonly Dim[]>, axis: number): Dim[] {
  const [first] = shapes
  if (!first) throw conversionError(`${name} joins nothing.`)
  for (const shape of shapes) {
    const fits = shape.length === first.length && shape.every((dim, i) => i === axis || dim === first[i] || typeof dim === 'string' || typeof first[i] === 'string')
    if (!fits || axis < 0 || axis >= shape.length) throw conversionError(`${name} cannot join ${shapes.map(shapeText).join(', ')} along axis ${axis}.`)
  }
  const sizes = shapes.map((shape) => shape[axis]!)
  const total = sizes.every((size) => typeof size === 'number') ? sizes.reduce((sum, size) => sum + size, 0) : unknown(name, axis)
  return first.map((dim, i) => i === axis ? total : shapes.map((shape) => shape[i]!).find((size) => typeof size === 'number') ?? dim)
}

/**
 * Shape without `axes`, counted from the front, or with 1 in their place.
 * @throws {Error} ConversionError when `axes` is empty, or one does not exist.
 */
export function reduced (name: string, dims: readonly Dim[], axes: readonly number[], keepDims: boolean): Dim[] {
  if (axes.length === 0 || axes.some((axis) => !(axis >= 0 && axis < dims.length))) throw conversionError(`${name} has no axes ${shapeText(axes)} in ${shapeText(dims)}.`)
  return dims.flatMap((dim, i) => !axes.includes(i) ? [dim] : keepDims ? [1] : [])
}

/** Shape with its axes in the order of `perm`. @throws {Error} ConversionError when `perm` is not an order of all axes. */
export function permuted (name: string, dims: readonly Dim[], perm: readonly number[]): Dim[] {
  if (perm.length !== dims.length || dims.some((_, axis) => !perm.includes(axis))) throw conversionError(`${name} has the axes ${shapeText(perm)} for ${shapeText(dims)}.`)
  return perm.map((axis) => dims[axis]!)
}

/**
 * Returns `wanted` with its −1, if any, replaced by the remaining elements of `dims`. At most one −1 is allowed.
 * @throws {Error} ConversionError when the shapes cannot have the same number of elements.
 */
export function reshaped (name: string, dims: readonly Dim[], wanted: readonly Dim[]): Dim[] {
  const known = dims.filter((dim) => typeof dim === 'number')
  const left = elements(known) / elements(wanted.filter((dim): dim is number => typeof dim === 'number' && dim !== -1))
  // The remaining size is known when both shapes have the same number of unknown sizes.
  const isKnown = dims.length - known.length === wanted.filter((dim) => typeof dim === 'string').length
  const fits = !isKnown || (wanted.includes(-1) ? Number.isInteger(left) : left === 1)
  if (!fits || wanted.some((dim) => typeof dim === 'number' && dim !== -1 && !(dim > 0))) throw conversionError(`${name} cannot make ${shapeText(wanted)} of ${shapeText(dims)}.`)
  return wanted.map((dim, i) => dim === -1 ? (isKnown ? left : unknown(name, i)) : dim)
}

/** Shape with the given sizes added at the start and end of each axis. @throws {Error} ConversionError for numbers that are not sizes. */
export function padded (name: string, dims: readonly Dim[], starts: readonly number[], ends: readonly number[]): Dim[] {
  if ([starts, ends].some((side) => side.length !== dims.length || side.some((n) => !(Number.isInteger(n) && n >= 0)))) {
    throw conversionError(`${name} cannot add ${shapeText(starts)} before and ${shapeText(ends)} after ${shapeText(dims)}.`)
  }
  return dims.map((dim, i) => typeof dim === 'number' ? dim + starts[i]! + ends[i]! : starts[i] || ends[i] ? unknown(name, i) : dim)
}

/**
 * Shape of elements `start` up to `end` of an axis; negative positions count from its end. @throws {Error} ConversionError when there are
 * none.
 */
export function sliced (name: string, dims: readonly Dim[], axis: number, start: number, end: number): Dim[] {
  const size = dims[axis]!
  const index = (i: number, length: number): number => Math.max(0, Math.min(length, i < 0 ? i + length : i))
  const left = typeof size === 'number' ? index(end, size) - index(start, size) : unknown(name, axis)
  if (typeof left === 'number' && left <= 0) throw conversionError(`${name} takes nothing from ${shapeText(dims)}.`)
  return dims.map((dim, i) => i === axis ? left : dim)
}

/** Returns `axis` counted from the front. */
export const fromFront = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis
