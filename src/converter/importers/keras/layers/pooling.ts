import { conversionError } from '../../../conversion-error.ts'
import type { Ref } from '../../../graph/builder.ts'
import type { Padding } from '../../../graph/shapes.ts'
import { both } from './convolution.ts'
import { channelsOf, type Layer, layer, settled, type Site } from './layer.ts'

export interface PoolingOptions {
  readonly name?: string
  /** The size of the window by default, as in Keras. */
  readonly strides?: number
  readonly padding?: 'valid' | 'same'
}

/** Keras' MaxPooling2D. */
export const maxPool = (x: Layer, size: number, options: PoolingOptions = {}): Layer => layer('max_pooling2d', options.name, [x], [], (site) => {
  const { positive = false } = site.inputs[0]!
  const { input, padding } = padded(site, options)
  return { ref: site.builder.maxPool(site.name, input, { kernel: both(size), strides: both(options.strides ?? size), padding }), positive }
})

/**
 * Returns the input and the padding. The zeros of a ZeroPadding2D never exceed non-negative values, so the pooling may ignore them. ONNX
 * Runtime 1.30 ignores them beside negative values too (it fuses Pad and MaxPool), so those are refused; no network has them.
 */
function padded (site: Site, { padding = 'valid' }: PoolingOptions): { readonly input: Ref, readonly padding: Padding } {
  const value = site.inputs[0]!
  if (!value.pads) return { input: settled(site, value), padding }
  if (!value.positive || padding !== 'valid') throw conversionError(`${site.name} pools zeros beside values that may be negative, which is not supported.`)
  return { input: value.ref, padding: value.pads }
}

/** Keras' AveragePooling2D. */
export const averagePool = (x: Layer, size: number, { name, strides = size, padding = 'valid' }: PoolingOptions = {}): Layer =>
  layer('average_pooling2d', name, [x], [], (site) => ({
    ref: site.builder.averagePool(site.name, settled(site, site.inputs[0]!), { kernel: both(size), strides: both(strides), padding }),
    positive: site.inputs[0]!.positive ?? false
  }))

/** Keras' GlobalAveragePooling2D: [n, c]. */
export const globalAveragePool = (x: Layer, name?: string): Layer => layer('global_average_pooling2d', name, [x], [], (site) => {
  const input = settled(site, site.inputs[0]!)
  const pooled = site.builder.node('GlobalAveragePool', `${site.name}/pool`, [input], [...input.dims.slice(0, 2), 1, 1])
  return { ref: site.builder.flatten(site.name, pooled) }
})

/** Keras' Reshape of vectors to pictures of one pixel. */
export const asPixel = (x: Layer, name?: string): Layer => layer('reshape', name, [x], [], (site) => {
  const input = settled(site, site.inputs[0]!)
  return { ref: site.builder.reshape(site.name, input, [input.dims[0]!, channelsOf(input), 1, 1]) }
})
