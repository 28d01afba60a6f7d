import type { Builder, Ref } from '../../../graph/builder.ts'
import { channelsOf, type Layer, layer, settled, type Value } from './layer.ts'

/** Activations, none of which returns negative values. */
export type Activation = 'relu' | 'softmax' | 'hard_sigmoid'

export function activated (builder: Builder, name: string, x: Ref, activation: Activation): Ref {
  switch (activation) {
    case 'relu': return builder.unary('Relu', name, x)
    // For pictures and vectors alike: Keras' last axis is axis 1 of the graph.
    case 'softmax': return builder.softmax(name, x, 1)
    // max(0, min(1, 0.2 x + 0.5)), which is the definition of Keras 2 and the default of ONNX.
    case 'hard_sigmoid': return builder.node('HardSigmoid', name, [x], x.dims)
  }
}

/** Keras' Activation (and ReLU). */
export const activation = (x: Layer, kind: Activation, name?: string): Layer =>
  layer('activation', name, [x], [], (site) => ({
    ref: activated(site.builder, site.name, settled(site, site.inputs[0]!), kind), positive: true, map: site.inputs[0]!.map
  }))

export const relu = (x: Layer, name?: string): Layer => activation(x, 'relu', name)

/** Keras' PReLU with shared axes 1 and 2: alpha (1, 1, channels). */
export const prelu = (x: Layer, name?: string): Layer => layer('p_re_lu', name, [x], ['alpha'], (site) => {
  const input = settled(site, site.inputs[0]!)
  return { ref: site.builder.prelu(site.name, input, site.weight('alpha', [1, 1, channelsOf(input)])) }
})

/** A layer that does nothing in inference, such as Dropout or the linear activation. It still counts in the load order. */
export const passThrough = (kind: string, x: Layer, name?: string): Layer => layer(kind, name, [x], [], ({ inputs }) => inputs[0] as Value)

export const dropout = (x: Layer, name?: string): Layer => passThrough('dropout', x, name)
