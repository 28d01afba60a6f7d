import { conversionError } from '../../conversion-error.ts'
import { createBuilder, type Ref } from '../../graph/builder.ts'
import type { Graph } from '../../graph/graph.ts'
import { expectProportion } from '../proportion.ts'
import { readBlobs } from './blobs.ts'
import { LAYERS } from './caffe-layers.ts'
import { label, layersOf, messages, numbers, parameters, texts } from './fields.ts'
import { type Message, parseText } from './text-format.ts'

/** SSD layers that work on boxes instead of pixels: the graph ends before them. */
const AFTERWARDS = new Set(['PriorBox', 'DetectionOutput'])

/**
 * Converts a Caffe network to a graph: the prototxt describes the layers, the caffemodel holds their weights. `input` is float32
 * [n, C, H, W] on the network's own scale; the outputs are the tops that no layer reads, or that only PriorBox and DetectionOutput read.
 * @throws {Error} ConversionError when a file is damaged, the two do not belong together, or a layer is not supported.
 */
export function importCaffe (prototxt: Uint8Array, caffemodel: Uint8Array): Graph {
  const net = parseText(new TextDecoder().decode(prototxt))
  const blobs = readBlobs(caffemodel)
  const builder = createBuilder()
  const [layers, [top, dims]] = [layersOf(net), inputOf(net)]
  /** Current value of each top: layers may overwrite their input. */
  const values = new Map<string, Ref>([[top, builder.input('input', ['n', ...dims])]])
  const skipped = new Set<string>()
  const read = new Set<string>()
  for (const layer of layers) {
    const { name, type, bottoms, tops: [made, ...more] } = layer
    if (type === 'Input') continue
    if (AFTERWARDS.has(type) || (bottoms.length > 0 && bottoms.every((bottom) => skipped.has(bottom)))) {
      for (const top of layer.tops) skipped.add(top)
      continue
    }
    const translation = LAYERS[type]
    if (!translation) throw conversionError(`${label(layer)} is a layer that is not supported.`)
    const [first, ...rest] = bottoms.map((bottom) => {
      const found = values.get(bottom)
      if (!found) throw conversionError(`${label(layer)} reads ${bottom}, which no layer before it makes.`)
      return found
    })
    if (!first || made === undefined || more.length > 0) throw conversionError(`${label(layer)} has ${bottoms.length} bottoms and ${layer.tops.length} tops; one top is supported.`)
    for (const bottom of bottoms) read.add(bottom)
    read.delete(made)
    values.set(made, translation({ builder, layer, inputs: [first, ...rest], blobs: blobs.get(name) ?? [] }))
  }
  // A layer that overwrites another layer's top in place has stored its value under that layer's name; use its own name.
  const nameOf = (made: string, { name }: Ref): string => layers.some((layer) => layer.name === made && made !== name) ? name : made
  const outputs = [...values].filter(([name]) => !read.has(name) && name !== top).map(([name, ref]) => [nameOf(name, ref), ref] as const)
  return expectProportion(builder.build('caffe', Object.fromEntries(outputs)), caffemodel.length)
}

/** Name and size of the input, without the batch: from `input` with `input_shape` or `input_dim`, or from a layer of type Input. */
function inputOf (net: Message): [string, number[]] {
  const layer = layersOf(net).find(({ type }) => type === 'Input')
  const [name] = layer?.tops ?? texts(net, 'input')
  const [shape] = layer ? messages(parameters(layer, 'input_param'), 'shape') : messages(net, 'input_shape')
  const [, ...dims] = shape ? numbers(shape, 'dim') : numbers(net, 'input_dim')
  if (name === undefined || dims.length === 0 || dims.some((dim) => dim < 1)) throw conversionError('The prototxt says nothing of its input, or not its shape.')
  return [name, dims]
}
