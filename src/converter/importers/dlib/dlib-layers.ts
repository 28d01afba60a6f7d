import { conversionError } from '../../conversion-error.ts'
import { elements, shapeText, type Tensor } from '../../graph/tensor.ts'
import type { Cursor } from '../cursor.ts'
import { boolean, float, integer, text, version } from './serial.ts'

/** Height and width. */
export type Pair = readonly [height: number, width: number]

interface Pool {
  /** 0 × 0 covers the whole picture. */
  readonly kernel: Pair
  readonly stride: Pair
  readonly padding: Pair
}

/** A layer of a network, under its name in dlib 20.0 `dnn/layers.h`. Pictures are [n, c, h, w]. */
export type Layer =
  /** A convolution; `weights` are [out, in, h, w]. */
  | { readonly kind: 'con', readonly weights: Tensor, readonly bias: Tensor, readonly stride: Pair, readonly padding: Pair }
  /** x · scale + shift for each channel: a batch normalisation after training. */
  | { readonly kind: 'affine', readonly scale: Tensor, readonly shift: Tensor }
  | { readonly kind: 'max_pool' } & Pool
  | { readonly kind: 'avg_pool' } & Pool
  | { readonly kind: 'relu' }
  /** Adds the output of an earlier layer; both are padded with zeros to the larger of their sizes. */
  | { readonly kind: 'add_prev' }
  /** x · weights, without a bias; `weights` are [in, out]. */
  | { readonly kind: 'fc', readonly weights: Tensor }
  /** A tag, which names the layer below it, or a skip, which continues from a tagged layer. The file does not say which. */
  | { readonly kind: 'mark' }

/**
 * Reads the layer at the cursor. A layer starts with its name, which ends in the version of its format.
 * @throws {Error} ConversionError when the layer is not supported.
 */
export function layer (cursor: Cursor): Layer {
  const name = text(cursor)
  const read = Object.hasOwn(LAYERS, name) ? LAYERS[name] : undefined
  if (!read) throw conversionError(`The dlib file has a layer ${JSON.stringify(name.slice(0, 40))}, which is not supported; supported are ${Object.keys(LAYERS).join(', ')}.`)
  return read(cursor)
}

const LAYERS: Readonly<Record<string, (cursor: Cursor) => Layer>> = {
  con_4 (cursor) {
    const values = tensor(cursor)
    const [out, height, width] = [integer(cursor), integer(cursor), integer(cursor)]
    const stride = pair(cursor)
    const padding = pair(cursor)
    const [weights, bias] = split(values, [dims(cursor, 'filters'), dims(cursor, 'biases')])
    multipliers(cursor)
    const [filters, , h, w] = weights!.dims
    if (filters !== out || h !== height || w !== width) throw conversionError(`The dlib file contradicts itself: ${out} filters of ${height} × ${width} with weights of shape ${shapeText(weights!.dims)}.`)
    return { kind: 'con', weights: weights!, bias: flat(bias!), stride, padding }
  },
  affine_ (cursor) {
    const [scale, shift] = split(tensor(cursor), [dims(cursor, 'gamma'), dims(cursor, 'beta')])
    const mode = integer(cursor)
    if (mode !== 0) throw conversionError(`An affine layer of mode ${mode} is not supported; only mode 0, one value a channel, is.`)
    return { kind: 'affine', scale: flat(scale!), shift: flat(shift!) }
  },
  max_pool_2: (cursor) => ({ kind: 'max_pool', kernel: pair(cursor), stride: pair(cursor), padding: pair(cursor) }),
  avg_pool_2: (cursor) => ({ kind: 'avg_pool', kernel: pair(cursor), stride: pair(cursor), padding: pair(cursor) }),
  relu_: () => ({ kind: 'relu' }),
  add_prev_: () => ({ kind: 'add_prev' }),
  fc_2 (cursor) {
    const [outputs, inputs] = [integer(cursor), integer(cursor)]
    const [weights, bias] = split(tensor(cursor), [dims(cursor, 'weights'), dims(cursor, 'biases')])
    const mode = integer(cursor)
    multipliers(cursor)
    if (mode !== 1 || elements(bias!.dims) !== 0) throw conversionError('A fully connected layer with a bias is not supported.')
    if (shapeText(weights!.dims) !== shapeText([inputs, outputs, 1, 1])) throw conversionError(`The dlib file contradicts itself: a fully connected layer from ${inputs} to ${outputs} with weights of shape ${shapeText(weights!.dims)}.`)
    return { kind: 'fc', weights: { ...weights!, dims: [inputs, outputs] } }
  }
}

/** Reads four sizes, each at least 0: samples, channels, rows, columns. */
function sizes (cursor: Cursor): number[] {
  const found = Array.from({ length: 4 }, () => integer(cursor))
  if (found.some((size) => size < 0)) throw conversionError(`The dlib file is damaged: a tensor of shape ${shapeText(found)} before ${cursor.at()}.`)
  return found
}

/** Reads a dlib `tensor`: its sizes, then its values in native byte order, here little-endian float32. The result is a view of the file. */
function tensor (cursor: Cursor): Tensor {
  version(cursor, 2, 'a tensor')
  const found = sizes(cursor)
  const bytes = cursor.take(4 * elements(found))
  return { type: 'float32', dims: found, bytes: () => bytes }
}

/** Reads a dlib `alias_tensor`: the shape of a part of the parameters. */
function dims (cursor: Cursor, what: string): readonly number[] {
  version(cursor, 1, `the shape of the ${what}`)
  return sizes(cursor)
}

/** Splits a layer's parameters into consecutive tensors of the given shapes. */
function split (values: Tensor, shapes: ReadonlyArray<readonly number[]>): Tensor[] {
  const needed = shapes.reduce((sum, shape) => sum + elements(shape), 0)
  if (needed !== elements(values.dims)) throw conversionError(`The dlib file contradicts itself: parts of shape ${shapes.map(shapeText).join(' and ')} in ${elements(values.dims)} values.`)
  let at = 0
  return shapes.map((shape) => {
    const start = at
    at += 4 * elements(shape)
    return { type: 'float32', dims: shape, bytes: () => values.bytes().subarray(start, start + 4 * elements(shape)) }
  })
}

const flat = (values: Tensor): Tensor => ({ ...values, dims: [elements(values.dims)] })

const pair = (cursor: Cursor): Pair => [integer(cursor), integer(cursor)]

/** Skips the learning rate and weight decay multipliers of weights and biases, which only training uses. */
function multipliers (cursor: Cursor): void {
  for (let i = 0; i < 4; i++) float(cursor)
}

/** Skips the training state after each layer: three flags (set up, gradient stale, output disabled), two gradients, the last output. */
export function training (cursor: Cursor): void {
  for (let i = 0; i < 3; i++) boolean(cursor)
  for (let i = 0; i < 3; i++) tensor(cursor)
}
