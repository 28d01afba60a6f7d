import type { Ref } from '../graph/builder.ts'
import type { Dim } from '../graph/graph.ts'
import { scalar } from '../graph/tensor.ts'
import { conv, type Net } from './yolo-net.ts'

export interface Split {
  readonly heads: number
  /** Number of strips of rows, one above the other; attention stays within a strip. */
  readonly areas: number
}

/**
 * Self-attention of the pixels within each strip of a map: `Attention` and `AAttn` of ultralytics 8.3 `nn/modules/block.py`. Vaswani et
 * al., "Attention Is All You Need", 2017, arXiv:1706.03762.
 */
export function attend (net: Net, name: string, x: Ref, { heads, areas }: Split): Ref {
  const { builder } = net
  const [batch, channels, height, width] = [x.dims[0]!, Number(x.dims[1]), x.dims[2]!, x.dims[3]!]
  const qkv = conv(net, `${name}.qkv`, x, { linear: true })
  const value = channels / heads
  const each = Number(qkv.dims[1]) / heads
  const key = (each - value) / 2
  const pixels = `${name}_pixels`
  const split = { ...builder.reshape(`${name}.split`, qkv, [batch, heads, each, areas, -1]), dims: [batch, heads, each, areas, pixels] }
  const strips = builder.transpose(`${name}.strips`, split, [0, 3, 1, 2, 4])
  const [q, k, v] = [[0, key], [key, 2 * key], [2 * key, each]].map(([from, to], i) => builder.slice(`${name}.${'qkv'[i]!}`, strips, 3, from!, to!)) as [Ref, Ref, Ref]
  const transposeLast = (part: string, y: Ref): Ref => builder.transpose(`${name}.${part}`, y, [0, 1, 2, 4, 3])
  const product = (part: string, a: Ref, b: Ref, rows: Dim): Ref => builder.node('MatMul', `${name}.${part}`, [a, b], [batch, areas, heads, rows, pixels])
  const likeness = builder.binary('Mul', `${name}.scaled`, product('likeness', transposeLast('q_turned', q), k, pixels), scalar(key ** -0.5))
  const seen = product('seen', v, transposeLast('weights_turned', builder.softmax(`${name}.weights`, likeness, 4)), value)
  /** Shape of the input, to which values are reshaped back. */
  const shape = builder.node('Shape', `${name}.shape`, [x], [4])
  const map = (part: string, y: Ref): Ref =>
    builder.node('Reshape', `${name}.${part}`, [builder.transpose(`${name}.${part}_strips`, y, [0, 2, 3, 1, 4]), shape], [batch, channels, height, width])
  const place = conv(net, `${name}.pe`, map('values', v), { linear: true })
  return conv(net, `${name}.proj`, builder.binary('Add', `${name}.placed`, map('map', seen), place), { linear: true })
}
