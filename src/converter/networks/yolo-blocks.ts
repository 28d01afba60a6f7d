import { conversionError } from '../conversion-error.ts'
import type { Ref } from '../graph/builder.ts'
import { attend } from './yolo-attention.ts'
import { bare, conv, type Net } from './yolo-net.ts'

/** Builds numbered blocks in a chain, each from the output of the one before; returns all outputs. */
function chain (net: Net, name: string, x: Ref, block: (name: string, x: Ref) => Ref): Ref[] {
  const made: Ref[] = []
  for (let i = 0; net.has(`${name}.${i}.`); i++) made.push(block(`${name}.${i}`, made.at(-1) ?? x))
  return made
}

function bottleneck (net: Net, name: string, x: Ref, shortcut: boolean): Ref {
  const y = conv(net, `${name}.cv2`, conv(net, `${name}.cv1`, x))
  return shortcut && x.dims[1] === y.dims[1] ? net.builder.binary('Add', `${name}.sum`, x, y) : y
}

/** `C3k`: bottlenecks parallel to a convolution. */
function c3k (net: Net, name: string, x: Ref): Ref {
  const [first, beside] = [conv(net, `${name}.cv1`, x), conv(net, `${name}.cv2`, x)]
  const y = chain(net, `${name}.m`, first, (block, from) => bottleneck(net, block, from, true)).at(-1) ?? first
  return conv(net, `${name}.cv3`, net.builder.concat(`${name}.both`, [y, beside], 1))
}

/** `C2f`, or `C3k2` when its blocks are `C3k`. */
export function c2f (net: Net, name: string, x: Ref, shortcut: boolean): Ref {
  const { builder } = net
  const [left, right] = halves(net, name, conv(net, `${name}.cv1`, x))
  const made = chain(net, `${name}.m`, right, (block, from) => net.has(`${block}.cv3.`) ? c3k(net, block, from) : bottleneck(net, block, from, shortcut))
  return conv(net, `${name}.cv2`, builder.concat(`${name}.all`, [left, right, ...made], 1))
}

function halves ({ builder }: Net, name: string, x: Ref): [Ref, Ref] {
  const half = Number(x.dims[1]) / 2
  return [builder.slice(`${name}.left`, x, 1, 0, half), builder.slice(`${name}.right`, x, 1, half, 2 * half)]
}

/** `SPPF`: max pooling over growing neighbourhoods. He et al., "Spatial Pyramid Pooling", 2014, arXiv:1406.4729. */
export function sppf (net: Net, name: string, x: Ref): Ref {
  const { builder } = net
  const made = [conv(net, `${name}.cv1`, x)]
  for (let i = 0; i < 3; i++) made.push(builder.maxPool(`${name}.pool${i}`, made.at(-1)!, { kernel: [5, 5], padding: [2, 2, 2, 2] }))
  return conv(net, `${name}.cv2`, builder.concat(`${name}.all`, made, 1))
}

/** `C2PSA`: attention blocks on half of the channels, one head for every 64. */
export function c2psa (net: Net, name: string, x: Ref): Ref {
  const [left, right] = halves(net, name, conv(net, `${name}.cv1`, x))
  const made = chain(net, `${name}.m`, right, (block, from) => attentionBlock(net, block, from, 'ffn', { heads: Number(from.dims[1]) / 64, areas: 1 }))
  return conv(net, `${name}.cv2`, net.builder.concat(`${name}.both`, [left, made.at(-1) ?? right], 1))
}

/** `A2C2f`: pairs of attention blocks, one head for every 32 channels, or `C3k` when the weights are those. */
export function a2c2f (net: Net, name: string, x: Ref, areas: number): Ref {
  const { builder, weights } = net
  const first = conv(net, `${name}.cv1`, x)
  const heads = Number(first.dims[1]) / 32
  const made = chain(net, `${name}.m`, first, (block, from) => net.has(`${block}.cv3.`)
    ? c3k(net, block, from)
    : chain(net, block, from, (inner, y) => attentionBlock(net, inner, y, 'mlp', { heads, areas })).at(-1)!)
  const y = conv(net, `${name}.cv2`, builder.concat(`${name}.all`, [first, ...made], 1))
  if (!net.has(`${name}.gamma`)) return y
  const channels = Number(y.dims[1])
  const gamma = weights.take(`${name}.gamma`, [channels])
  return builder.binary('Add', `${name}.sum`, x, builder.binary('Mul', `${name}.scaled`, y, { ...gamma, dims: [channels, 1, 1] }))
}

/** `PSABlock` and `ABlock`: attention, then two convolutions, each added to its input. */
function attentionBlock (net: Net, name: string, x: Ref, convolutions: 'ffn' | 'mlp', split: { readonly heads: number, readonly areas: number }): Ref {
  const { builder } = net
  const y = builder.binary('Add', `${name}.attended`, x, attend(net, `${name}.attn`, x, split))
  return builder.binary('Add', `${name}.sum`, y, conv(net, `${name}.${convolutions}.1`, conv(net, `${name}.${convolutions}.0`, y), { linear: true }))
}

/** Pixels between the cells of each of the three maps. */
const STRIDES = [8, 16, 32]

/**
 * `Detect` and `Pose`. The convolutions of the scores are two full ones in YOLOv8, and two depthwise with two pointwise ones in later
 * versions.
 */
export function head (net: Net, name: string, maps: readonly Ref[]): Record<string, Ref> {
  const { builder, weights } = net
  const [bins, faces] = [64, 1]
  const outputs: Record<string, Ref> = {}
  const branch = (part: string, i: number, map: Ref): Ref => {
    const step = (block: string, x: Ref): Ref => net.has(`${block}.conv.`) ? conv(net, block, x) : chain(net, block, x, (inner, y) => conv(net, inner, y)).at(-1)!
    const at = `${name}.${part}.${i}`
    return bare(net, `${at}.2`, step(`${at}.1`, step(`${at}.0`, map)))
  }
  for (const [i, map] of maps.entries()) {
    const stride = STRIDES[i]!
    outputs[`boxes_${stride}`] = expectChannels(branch('cv2', i, map), bins, 'boxes')
    outputs[`scores_${stride}`] = builder.unary('Sigmoid', `${name}.sigmoid${i}`, expectChannels(branch('cv3', i, map), faces, 'classes'))
    if (net.has(`${name}.cv4.`)) outputs[`points_${stride}`] = expectChannels(branch('cv4', i, map), 15, 'points')
  }
  // The distances that the bins stand for: constants, not trained weights.
  weights.take(`${name}.dfl.conv.weight`, [1, 16, 1, 1])
  return outputs
}

function expectChannels (x: Ref, count: number, what: string): Ref {
  if (x.dims[1] !== count) throw conversionError(`The network has ${x.dims[1]} channels of ${what}; one for faces alone has ${count}.`)
  return x
}
