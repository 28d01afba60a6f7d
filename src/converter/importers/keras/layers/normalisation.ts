import { float, int } from '../../../graph/graph.ts'
import { float32, scalar } from '../../../graph/tensor.ts'
import { channelsOf, type Layer, layer, settled } from './layer.ts'

/** Keras' BatchNormalization: gamma (unless `scale` is false), beta, moving_mean, moving_variance. The default epsilon is Keras' own. */
export function batchNorm (
  x: Layer,
  { name, epsilon = 1e-3, scale = true }: { readonly name?: string | undefined, readonly epsilon?: number, readonly scale?: boolean } = {}
): Layer {
  return layer('batch_normalization', name, [x], [...(scale ? ['gamma'] as const : []), 'beta', 'moving_mean', 'moving_variance'], (site) => {
    const input = settled(site, site.inputs[0]!)
    const shape = [channelsOf(input)]
    const ref = site.builder.batchNorm(site.name, input, {
      epsilon,
      gamma: scale ? site.weight('gamma', shape) : float32(new Float32Array(shape[0]!).fill(1)),
      beta: site.weight('beta', shape),
      mean: site.weight('moving_mean', shape),
      variance: site.weight('moving_variance', shape)
    })
    return { ref, map: site.inputs[0]!.map }
  })
}

/**
 * TensorFlow's local response normalisation: x / (bias + alpha · Σ x²)^beta over `radius` channels to each side. ONNX divides
 * alpha by the number of channels.
 */
export const localResponseNorm = (x: Layer, { name, radius, alpha, beta, bias }: {
  readonly name?: string
  readonly radius: number
  readonly alpha: number
  readonly beta: number
  readonly bias: number
}): Layer =>
  layer('lambda', name, [x], [], (site) => {
    const input = settled(site, site.inputs[0]!)
    const size = 2 * radius + 1
    const ref = site.builder.node('LRN', site.name, [input], input.dims, { size: int(size), alpha: float(alpha * size), beta: float(beta), bias: float(bias) })
    return { ref, positive: site.inputs[0]!.positive ?? false }
  })

/** TensorFlow's l2_normalize of vectors: x / √max(Σ x², 1e-12). */
export const l2Normalise = (x: Layer, name?: string): Layer => layer('lambda', name, [x], [], (site) => {
  const { builder } = site
  const input = settled(site, site.inputs[0]!)
  const length = builder.reduce('ReduceL2', `${site.name}/length`, input, [1], true)
  return { ref: builder.binary('Div', site.name, input, builder.binary('Max', `${site.name}/bounded`, length, scalar(1e-6))) }
})
