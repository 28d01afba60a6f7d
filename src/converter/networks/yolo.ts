import { createBuilder, type Ref } from '../graph/builder.ts'
import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../graph/tensor.ts'
import { a2c2f, c2f, c2psa, head, sppf } from './yolo-blocks.ts'
import { conv, type Net, netOf } from './yolo-net.ts'

/**
 * YOLOv8, YOLO11 and YOLO12 as in ultralytics 8.3 (`ultralytics/cfg/models`, `ultralytics/nn/modules`), for one class: faces. Jocher et
 * al., ultralytics, 2023 and 2024; Tian, Ye, Doermann, "YOLOv12: Attention-Centric Real-Time Object Detectors", 2025, arXiv:2502.12524.
 * Width and depth of a network (n, s, m, l, x) follow from its weights.
 *
 * Input `input` float32 [n, 3, h, w], RGB, 0..1, h and w multiples of 32. Outputs float32 for each of the strides 8, 16 and 32:
 * `scores_8` [n, 1, h/8, w/8], the score of a face centred in the cell, 0..1; `boxes_8` [n, 64, …], the likelihood of each of the
 * distances 0 to 15 cells from the middle of the cell to the left, the top, the right and the bottom, before the softmax over the 16;
 * and, for networks with landmarks, `points_8` [n, 15, …], x, y and visibility of five points, before they are decoded.
 */
export type YoloLayer =
  | { readonly kind: 'conv', readonly stride: 2 }
  /** `shortcut`: whether its bottlenecks add their input. */
  | { readonly kind: 'c2f', readonly shortcut: boolean }
  /** `areas`: number of strips of the map within which attention stays. */
  | { readonly kind: 'a2c2f', readonly areas: number }
  | { readonly kind: 'sppf' | 'c2psa' | 'upsample' }
  /** Concatenates the output of the layer before and of another one. */
  | { readonly kind: 'concat', readonly with: number }
  | { readonly kind: 'head', readonly of: readonly [number, number, number] }

const down = { kind: 'conv', stride: 2 } as const
const up = { kind: 'upsample' } as const
const c2fAdding = { kind: 'c2f', shortcut: true } as const
const c2fPlain = { kind: 'c2f', shortcut: false } as const
const concat = (other: number) => ({ kind: 'concat', with: other }) as const
const attention = (areas: number) => ({ kind: 'a2c2f', areas }) as const

/** Layers in order; each takes the output of the one before. C3k2 is a C2f whose inner blocks follow from the weights. */
export const YOLO = {
  yolov8: [
    down, down, c2fAdding, down, c2fAdding, down, c2fAdding, down, c2fAdding, { kind: 'sppf' },
    up, concat(6), c2fPlain, up, concat(4), c2fPlain, down, concat(12), c2fPlain, down, concat(9), c2fPlain,
    { kind: 'head', of: [15, 18, 21] }
  ],
  yolo11: [
    down, down, c2fAdding, down, c2fAdding, down, c2fAdding, down, c2fAdding, { kind: 'sppf' }, { kind: 'c2psa' },
    up, concat(6), c2fAdding, up, concat(4), c2fAdding, down, concat(13), c2fAdding, down, concat(10), c2fAdding,
    { kind: 'head', of: [16, 19, 22] }
  ],
  yolo12: [
    down, down, c2fAdding, down, c2fAdding, down, attention(4), down, attention(1),
    up, concat(6), attention(1), up, concat(4), attention(1), down, concat(11), attention(1), down, concat(8), c2fAdding,
    { kind: 'head', of: [14, 17, 20] }
  ]
} as const satisfies Readonly<Record<string, readonly YoloLayer[]>>

export type YoloName = keyof typeof YOLO

/** Builds the network. @throws {Error} ConversionError naming the tensor that is missing, left over or of another shape. */
export function yolo (tensors: ReadonlyMap<string, Tensor>, name: YoloName): Graph {
  const builder = createBuilder()
  const net = netOf(builder, tensors)
  const made: Ref[] = []
  let x = builder.input('input', ['n', 3, 'h', 'w'])
  const layers: readonly YoloLayer[] = YOLO[name]
  let outputs: Readonly<Record<string, Ref>> = {}
  for (const [i, layer] of layers.entries()) {
    if (layer.kind === 'head') {
      outputs = head(net, `model.${i}`, layer.of.map((from) => made[from]!))
      continue
    }
    x = layerOf(net, `model.${i}`, layer, x, made)
    made.push(x)
  }
  net.weights.end()
  return builder.build(name, outputs)
}

function layerOf (net: Net, name: string, layer: Exclude<YoloLayer, { kind: 'head' }>, x: Ref, made: readonly Ref[]): Ref {
  switch (layer.kind) {
    case 'conv': return conv(net, name, x, { stride: layer.stride })
    case 'c2f': return c2f(net, name, x, layer.shortcut)
    case 'a2c2f': return a2c2f(net, name, x, layer.areas)
    case 'sppf': return sppf(net, name, x)
    case 'c2psa': return c2psa(net, name, x)
    case 'upsample': return net.builder.upsample(name, x, 2)
    case 'concat': return net.builder.concat(name, [x, made[layer.with]!], 1)
  }
}
