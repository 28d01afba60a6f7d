import type { Layer } from './layers/layer.ts'

/**
 * Returns the layers of a model in the order in which Keras saves their weights: by decreasing depth, which is the longest path to an
 * output; layers of equal depth in the order of a depth-first walk from the outputs.
 * tf-keras 2.21, engine/functional.py, _map_graph_network.
 */
export function loadOrder (outputs: readonly Layer[]): Layer[] {
  const met = new Map<Layer, number>()
  /** Layers after all of their inputs. */
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

/** Returns the names of the layers. Layers without a name are numbered by kind, as Keras does: conv2d, conv2d_1, … */
export function namesOf (layers: readonly Layer[]): Map<Layer, string> {
  const counts = new Map<string, number>()
  return new Map(layers.map((layer) => {
    if (layer.name !== undefined) return [layer, layer.name]
    const count = counts.get(layer.kind) ?? 0
    counts.set(layer.kind, count + 1)
    return [layer, count === 0 ? layer.kind : `${layer.kind}_${count}`]
  }))
}
