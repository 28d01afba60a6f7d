import type { Ref } from '../../../graph/builder.ts'
import { type Dim, int } from '../../../graph/graph.ts'
import { int64, reshaped } from '../../../graph/tensor.ts'
import { activated, type Activation } from './activation.ts'
import { both, type Size } from './convolution.ts'
import { unitsFirst } from './kernel.ts'
import { channelsOf, type Layer, layer, settled, type Value } from './layer.ts'

/** Keras' Dense: kernel (in, out), bias (out). */
export function dense (
  x: Layer,
  units: number,
  { name, bias = true, activation }: { readonly name?: string, readonly bias?: boolean, readonly activation?: Activation } = {}
): Layer {
  return layer('dense', name, [x], bias ? ['kernel', 'bias'] : ['kernel'], (site) => {
    const { builder } = site
    const input = settled(site, site.inputs[0]!)
    const size = channelsOf(input)
    const [channels, height, width] = site.inputs[0]!.map ?? [size, 1, 1]
    const kernel = unitsFirst(site.weight('kernel', [size, units]), channels, height * width, [units, size])
    const ref = builder.dense(activation ? `${site.name}/before` : site.name, input, kernel, bias ? site.weight('bias', [units]) : undefined)
    return activation ? { ref: activated(builder, site.name, ref, activation), positive: true } : { ref }
  })
}

/**
 * Keras' LocallyConnected2D (implementation 1), a convolution with a separate kernel for each output pixel: kernel
 * (rows · columns, height · width · in, out), bias (rows, columns, out).
 *
 * Windows are gathered with the positions first, [rows · columns, n, height · width · in], and multiplied position by position: weights are
 * used as stored, and are read once for any batch size.
 */
export function locallyConnected2d (
  x: Layer,
  filters: number,
  size: Size,
  { name, strides = 1, activation }: { readonly name?: string, readonly strides?: number, readonly activation?: Activation } = {}
): Layer {
  return layer('locally_connected2d', name, [x], ['kernel', 'bias'], (site) => {
    const { builder } = site
    const [value] = site.inputs as [Value]
    const picture = value.positionsFirst ? value.ref : builder.transpose(`${site.name}/hwnc`, settled(site, value), [2, 3, 0, 1])
    const [h = 0, w = 0, n = '', c = 0] = picture.dims as [number, number, string, number]
    const [height, width] = both(size)
    const [rows, columns] = [Math.floor((h - height) / strides) + 1, Math.floor((w - width) / strides) + 1]
    const taps = height * width
    /** Index of the pixel under each tap of each window. */
    const pixels = int64(Array.from({ length: rows * columns * taps }, (_, i) => {
      const [window, tap] = [Math.floor(i / taps), i % taps]
      const [y, x] = [Math.floor(window / columns) * strides + Math.floor(tap / width), window % columns * strides + tap % width]
      return y * w + x
    }), [rows * columns, taps])
    const reshape = (suffix: string, from: Ref, shape: readonly number[], dims: readonly Dim[]): Ref =>
      builder.node('Reshape', `${site.name}${suffix}`, [from, builder.constant(`${site.name}${suffix}/shape`, int64(shape))], dims)
    const line = reshape('/line', picture, [h * w, -1, c], [h * w, n, c])
    const windows = builder.node('Gather', `${site.name}/windows`, [line, builder.constant(`${site.name}/pixels`, pixels)], [rows * columns, taps, n, c], { axis: int(0) })
    // This moves nothing for a batch of one, the usual case.
    const aligned = builder.transpose(`${site.name}/aligned`, windows, [0, 2, 1, 3])
    const patch = taps * c
    const patches = reshape('/patches', aligned, [rows * columns, -1, patch], [rows * columns, n, patch])
    const kernel = builder.constant(`${site.name}/weights`, site.weight('kernel', [rows * columns, patch, filters]))
    const product = builder.node('MatMul', `${site.name}/product`, [patches, kernel], [rows * columns, n, filters])
    const biased = builder.binary('Add', `${site.name}/biased`, product, reshaped(site.weight('bias', [rows, columns, filters]), [rows * columns, 1, filters]))
    const active = activation ? activated(builder, `${site.name}/active`, biased, activation) : biased
    return { ref: reshape('', active, [rows, columns, -1, filters], [rows, columns, n, filters]), positionsFirst: true }
  })
}
