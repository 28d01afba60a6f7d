import { int } from '../../../graph/graph.ts'
import { elements, int64, scalar } from '../../../graph/tensor.ts'
import { type Layer, layer, settled } from './layer.ts'

/** Input of a model: height, width and channels of a picture as in Keras. A size given as a name is known only at run time. */
export const input = (height: number | string, width: number | string, channels: number): Layer =>
  layer('input', 'input', [], [], ({ builder, name }) => ({ ref: builder.input(name, ['n', channels, height, width]) }))

/** Keras' ZeroPadding2D: one number for all sides, or [top, left, bottom, right]. */
export const zeroPadding = (x: Layer, padding: number | readonly [number, number, number, number], name?: string): Layer =>
  layer('zero_padding2d', name, [x], [], (site) => {
    const [value] = site.inputs
    const pads = typeof padding === 'number' ? [padding, padding, padding, padding] as const : padding
    return { ref: settled(site, value!), pads, positive: value!.positive ?? false }
  })

/** Keras' Flatten. */
export const flatten = (x: Layer, name?: string): Layer => layer('flatten', name, [x], [], (site) => {
  const [value] = site.inputs
  const { builder } = site
  if (value!.positionsFirst) {
    const { ref } = value!
    const rows = builder.transpose(`${site.name}/rows`, ref, [2, 0, 1, 3])
    return { ref: builder.flatten(site.name, rows) }
  }
  const picture = settled(site, value!)
  const [c = 0, h = 0, w = 0] = picture.dims.slice(1).map(Number)
  return { ref: builder.flatten(site.name, picture), map: h * w > 1 ? [c, h, w] : undefined, positive: value!.positive ?? false }
})

/** Keras' Concatenate along the channels. */
export const concatenate = (xs: readonly Layer[], name?: string): Layer => layer('concatenate', name, xs, [], (site) =>
  ({ ref: site.builder.concat(site.name, site.inputs.map((value) => settled(site, value)), 1), positive: site.inputs.every(({ positive }) => positive) }))

/** Keras' Add. */
export const add = (a: Layer, b: Layer, name?: string): Layer => layer('add', name, [a, b], [], (site) =>
  ({ ref: site.builder.binary('Add', site.name, settled(site, site.inputs[0]!), settled(site, site.inputs[1]!)) }))

/** Keras' Multiply. */
export const multiply = (a: Layer, b: Layer, name?: string): Layer => layer('multiply', name, [a, b], [], (site) =>
  ({ ref: site.builder.binary('Mul', site.name, settled(site, site.inputs[0]!), settled(site, site.inputs[1]!)) }))

/** Keras' Lambda that multiplies by a constant. */
export const scale = (x: Layer, factor: number, name?: string): Layer => layer('lambda', name, [x], [], (site) =>
  ({ ref: site.builder.binary('Mul', site.name, settled(site, site.inputs[0]!), scalar(factor)), positive: factor >= 0 && (site.inputs[0]!.positive ?? false) }))

/** Keras' Lambda that squares. */
export const square = (x: Layer, name?: string): Layer => layer('lambda', name, [x], [], (site) => {
  const value = settled(site, site.inputs[0]!)
  return { ref: site.builder.binary('Mul', site.name, value, value), positive: true }
})

/** Keras' Lambda that takes the square root. */
export const squareRoot = (x: Layer, name?: string): Layer => layer('lambda', name, [x], [], (site) =>
  ({ ref: site.builder.unary('Sqrt', site.name, settled(site, site.inputs[0]!)), positive: true }))

/** Keras' UpSampling2D (nearest). */
export const upsample = (x: Layer, factor: number, name?: string): Layer => layer('up_sampling2d', name, [x], [], (site) =>
  ({ ref: site.builder.upsample(site.name, settled(site, site.inputs[0]!), factor), positive: site.inputs[0]!.positive ?? false }))

/**
 * Crops `x` to the height and width of `like`, at the top left. Keras uses five consecutive operations for it (shape, slice, difference,
 * floor of the half, crop), hence the span, and crops at the centre; for maps at most one pixel larger, that is the top left.
 */
export const cropLike = (x: Layer, like: Layer, name?: string): Layer => layer('crop', name, [x, like], [], (site) => {
  const { builder } = site
  const [large, small] = site.inputs.map((value) => settled(site, value)) as [ReturnType<typeof settled>, ReturnType<typeof settled>]
  const size = builder.node('Shape', `${site.name}/size`, [small], [2], { start: int(2), end: int(4) })
  const [starts, axes] = [builder.constant(`${site.name}/starts`, int64([0, 0])), builder.constant(`${site.name}/axes`, int64([2, 3]))]
  return { ref: builder.node('Slice', site.name, [large, starts, size, axes], [...large.dims.slice(0, 2), ...small.dims.slice(2)]) }
}, 5)

/** Softmax over pairs of channels, pixel by pixel: channel i and channel i + c / 2. */
export const halvesSoftmax = (x: Layer, name?: string): Layer => layer('softmax', name, [x], [], (site) => {
  const { builder } = site
  const scores = settled(site, site.inputs[0]!)
  const [n = '', c = 0, h = '', w = ''] = scores.dims
  // A 0 copies the size from the value.
  const reshape = (suffix: string, value: typeof scores, channels: number, dims: typeof scores.dims) =>
    builder.node('Reshape', `${site.name}${suffix}`, [value, builder.constant(`${site.name}${suffix}/shape`, int64([0, channels, -1, 0]))], dims)
  const halves = reshape('/halves', scores, 2, [n, 2, typeof h === 'number' ? elements([h, Number(c) / 2]) : `${site.name}_rows`, w])
  return { ref: reshape('', builder.softmax(`${site.name}/pairs`, halves, 1), Number(c), [n, c, h, w]) }
})
