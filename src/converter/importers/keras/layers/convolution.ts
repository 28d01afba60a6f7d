import type { Ref } from '../../../graph/builder.ts'
import type { Padding } from '../../../graph/shapes.ts'
import { reshaped, transposed } from '../../../graph/tensor.ts'
import { activated, type Activation } from './activation.ts'
import { unitsFirst } from './kernel.ts'
import { channelsOf, type Layer, layer, settled, type Site, type Value } from './layer.ts'

/** One number for both axes, or [height, width]. */
export type Size = number | readonly [height: number, width: number]

export interface ConvolutionOptions {
  readonly name?: string | undefined
  readonly strides?: number
  readonly padding?: 'valid' | 'same'
  /** True by default, as in Keras. */
  readonly bias?: boolean
  readonly activation?: Activation
}

/** Keras' Conv2D: kernel (height, width, in, out), bias (out). */
export function conv2d (x: Layer, filters: number, size: Size, options: ConvolutionOptions = {}): Layer {
  const { name, bias = true, activation } = options
  const [height, width] = both(size)
  return layer('conv2d', name, [x], bias ? ['kernel', 'bias'] : ['kernel'], (site) => {
    const { input, padding } = padded(site, options)
    const channels = channelsOf(input)
    const kernel = unitsFirst(site.weight('kernel', [height, width, channels, filters]), channels, height * width, [filters, channels, height, width])
    const ref = site.builder.conv(innerName(site, activation), input, kernel, {
      padding, strides: both(options.strides ?? 1), bias: bias ? site.weight('bias', [filters]) : undefined
    })
    return finished(site, ref, activation)
  })
}

/** Keras' DepthwiseConv2D with one kernel per channel: depthwise_kernel (height, width, channels, 1). */
export function depthwiseConv2d (x: Layer, size: Size, options: ConvolutionOptions = {}): Layer {
  const { name, bias = true, activation } = options
  return layer('depthwise_conv2d', name, [x], bias ? ['depthwise_kernel', 'bias'] : ['depthwise_kernel'], (site) => {
    const ref = depthwise(site, innerName(site, activation), both(size), options, bias)
    return finished(site, ref, activation)
  })
}

/** Keras' SeparableConv2D without bias: depthwise_kernel (height, width, in, 1), then pointwise_kernel (1, 1, in, out). */
export function separableConv2d (x: Layer, filters: number, size: Size, options: Omit<ConvolutionOptions, 'bias' | 'activation'> = {}): Layer {
  return layer('separable_conv2d', options.name, [x], ['depthwise_kernel', 'pointwise_kernel'], (site) => {
    const between = depthwise(site, `${site.name}/depthwise`, both(size), options, false)
    const channels = channelsOf(between)
    const kernel = unitsFirst(site.weight('pointwise_kernel', [1, 1, channels, filters]), channels, 1, [filters, channels, 1, 1])
    return { ref: site.builder.conv(site.name, between, kernel) }
  })
}

function depthwise (site: Site, name: string, [height, width]: readonly [number, number], options: ConvolutionOptions, bias: boolean): Ref {
  const { input, padding } = padded(site, options)
  const channels = channelsOf(input)
  const stored = site.weight('depthwise_kernel', [height, width, channels, 1])
  const kernel = reshaped(transposed(stored, [2, 0, 1, 3]), [channels, 1, height, width])
  return site.builder.conv(name, input, kernel, {
    padding, strides: both(options.strides ?? 1), group: channels, bias: bias ? site.weight('bias', [channels]) : undefined
  })
}

/** Returns the input and the padding. If possible, the zeros of a preceding ZeroPadding2D become the padding of the convolution. */
function padded (site: Site, { padding = 'valid' }: ConvolutionOptions): { readonly input: Ref, readonly padding: Padding } {
  const [value] = site.inputs as [Value]
  if (value.pads && padding === 'valid' && !value.positionsFirst) return { input: value.ref, padding: value.pads }
  return { input: settled(site, value), padding }
}

/** Name of the convolution itself: with an activation, the layer's name belongs to the activated value. */
const innerName = ({ name }: Site, activation: Activation | undefined): string => activation ? `${name}/before` : name

const finished = ({ builder, name }: Site, ref: Ref, activation: Activation | undefined): Value =>
  activation ? { ref: activated(builder, name, ref, activation), positive: true } : { ref }

export const both = (size: Size): readonly [number, number] => typeof size === 'number' ? [size, size] : size
