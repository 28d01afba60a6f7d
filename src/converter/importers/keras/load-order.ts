import type { Layer } from './layers/layer.ts'

/**
 * The layers of a model in Keras' order, in which its weights are saved: by falling depth, the longest way to an output; those
 * of equal depth as a depth-first walk from the outputs meets them. tf-keras 2.21, engine/functional.py, _map_graph_network.
 */
export function loadOrder (outputs: readonly Layer[]): Layer[] {
  const met = new Map<Layer, number>()
  /** Inputs before what they are input of. */
  const finished: Layer[] = []
  const visit = (layer: Layer): void => {
    if (met.has(layer)) return
    met.set(layer, met.size)
    layer.inputs.forEach(visit)
    finished.push(layer)
  }
  outputs.forEach(visit)

  const depths = new Map<Layer, number>()
  for (const layer of finished.toReversed()) {
    const depth = depths.get(layer) ?? 0
    depths.set(layer, depth)
    for (const input of layer.inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + layer.span))
  }
  return finished.sort((a, b) => depths.get(b)! - depths.get(a)! || met.get(a)! - met.get(b)!)
}

/** Layers without a name get their kind's, numbered as Keras does: conv2d, conv2d_1, … */
export function namesOf (layers: readonly Layer[]): Map<Layer, string> {
  const counts = new Map<string, number>()
  return new Map(layers.map((layer) => {
    if (layer.name !== undefined) return [layer, layer.name]
    const count = counts.get(layer.kind) ?? 0
    counts.set(layer.kind, count + 1)
    return [layer, count === 0 ? layer.kind : `${layer.kind}_${count}`]
  }))
}
