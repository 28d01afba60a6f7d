import { conversionError } from '../conversion-error.ts'
import { freshNames } from '../graph/graph-queries.ts'
import { int, ints, node as makeNode, type Dim, type Node, type Pass } from '../graph/graph.ts'
import { float32, int64, shapeText } from '../graph/tensor.ts'

/** Number of float32 in ONNX, for the attribute of Cast. */
const FLOAT32 = 1

export interface ImageInput {
  /** Element type of the pixels: uint8 when undefined. */
  readonly type?: 'float32'
  /** Channel order that the network expects; pictures come as RGB, or as one grey channel. */
  readonly channels: 'RGB' | 'BGR' | 'GRAY'
  /** The network receives (value − mean) / std, with one number for each channel, in its own channel order. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Undefined when the network takes any size. */
  readonly size?: readonly [height: number, width: number]
}

/**
 * Replaces the graph's float32 input [n, c, h, w] with `image`, uint8 [n, height, width, channels]: a quarter of the memory to pass in,
 * and the loops over pixels run in ONNX Runtime. The batch size becomes variable, and so do height and width when the network takes any.
 * Pixels that are not integers stay float32. A network whose one channel has no axis of its own, [n, h, w], counts as one of grey pictures:
 * those may be other numbers, such as the x and y of points.
 * @throws {Error} ConversionError when the graph has another number of inputs, or an input of another rank or size.
 */
export const imageInput = ({ type, channels, mean, std, size }: ImageInput): Pass => (graph) => {
  const [input, ...others] = graph.inputs
  const count = channels === 'GRAY' ? 1 : 3
  const { dims = [] } = input ?? {}
  const isFlat = channels === 'GRAY' && dims.length === 3
  const expected = [undefined, ...(isFlat ? [] : [count]), ...(size ?? [undefined, undefined])]
  const fits = dims.length === expected.length && expected.every((wanted, i) => wanted === undefined || typeof dims[i] === 'string' || dims[i] === wanted)
  if (!input || others.length > 0 || input.type !== 'float32' || !fits) {
    const found = graph.inputs.map(({ name, dims }) => `${name} ${dims ? shapeText(dims) : ''}`).join(', ')
    throw conversionError(`The network should have one float32 input ${shapeText(expected.map((wanted) => wanted ?? '?'))}; it has ${found || 'none'}.`)
  }
  const fresh = freshNames(graph)
  if (graph.inputs.some(({ name }) => name === 'image') || fresh('image') !== 'image') throw conversionError('The network has a value named image already.')
  const initializers = new Map(graph.initializers)
  const perChannel = isFlat ? [1, 1] : [count, 1, 1]
  const steps: Array<[op: string, constant?: ReturnType<typeof float32>]> = [isFlat ? ['Squeeze', int64([3])] : ['Transpose']]
  if (!type) steps.push(['Cast'])
  if (channels === 'BGR') steps.push(['Gather', int64([2, 1, 0])])
  if (mean.some((value) => value !== 0)) steps.push(['Sub', float32(Float32Array.from(mean), perChannel)])
  if (std.some((value) => value !== 1)) steps.push(['Mul', float32(Float32Array.from(std, (value) => 1 / value), perChannel)])
  const attributes: Record<string, Node['attributes']> = {
    Transpose: { perm: ints([0, 3, 1, 2]) }, Cast: { to: int(FLOAT32) }, Gather: { axis: int(1) }
  }
  let value = 'image'
  const nodes = steps.map(([op, constant], i): Node => {
    const output = i === steps.length - 1 ? input.name : fresh(`image_${op.toLowerCase()}`)
    const from = [value]
    if (constant) {
      from.push(fresh(`image_${op.toLowerCase()}_by`))
      initializers.set(from[1]!, constant)
    }
    value = output
    return makeNode(op, from, [output], attributes[op] ?? {})
  })
  const image: Dim[] = ['n', ...(size ?? ['height', 'width']), count]
  return {
    ...graph,
    inputs: [{ name: 'image', type: type ?? 'uint8', dims: image }],
    // Output sizes in the file may hold only for one picture of one size.
    outputs: graph.outputs.map(({ name, type, dims }) => ({ name, type, dims: size && dims ? ['n', ...dims.slice(1)] : undefined })),
    nodes: [...nodes, ...graph.nodes],
    initializers
  }
}
