import { conversionError } from '../conversion-error.ts'
import type { Builder, Ref } from '../graph/builder.ts'
import type { Tensor } from '../graph/tensor.ts'
import { type NamedWeights, namedWeights } from './named-weights.ts'

/** A network under construction. */
export interface Net {
  readonly builder: Builder
  readonly weights: NamedWeights
  /** Returns the shape of the weights of that name. @throws {Error} ConversionError when there are none. */
  readonly dims: (name: string) => readonly number[]
  /** Returns whether there are weights whose names start with this. */
  readonly has: (beginning: string) => boolean
}

export function netOf (builder: Builder, tensors: ReadonlyMap<string, Tensor>): Net {
  const names = [...tensors.keys()]
  return {
    builder,
    weights: namedWeights(tensors),
    dims (name) {
      const tensor = tensors.get(name)
      if (!tensor) throw conversionError(`The weights ${name} are missing; the file is of another network.`)
      return tensor.dims
    },
    has: (beginning) => names.some((name) => name.startsWith(beginning))
  }
}

/** Epsilon that ultralytics sets for the whole network (`initialize_weights` of `torch_utils.py`). */
const EPSILON = 1e-3

/**
 * Convolution with padding that keeps the size apart from its stride, batch normalisation and, unless `linear`, SiLU: ultralytics' `Conv`
 * and `DWConv`.
 */
export function conv (net: Net, name: string, x: Ref, { stride = 1, linear = false }: { readonly stride?: number, readonly linear?: boolean } = {}): Ref {
  const { builder, weights } = net
  const y = bare(net, `${name}.conv`, x, stride)
  const take = (part: string): Tensor => weights.take(`${name}.bn.${part}`, [Number(y.dims[1])])
  const normal = builder.batchNorm(`${name}.bn`, y, { gamma: take('weight'), beta: take('bias'), mean: take('running_mean'), variance: take('running_var'), epsilon: EPSILON })
  return linear ? normal : builder.binary('Mul', `${name}.act`, normal, builder.unary('Sigmoid', `${name}.gate`, normal))
}

/** Convolution alone, with a bias if the file has one. The shape of its weights determines the number of groups. */
export function bare ({ builder, weights, dims, has }: Net, name: string, x: Ref, stride = 1): Ref {
  const shape = dims(`${name}.weight`)
  const [out = 0, each = 1, size = 1] = shape
  const pad = Math.floor(size / 2)
  return builder.conv(name, x, weights.take(`${name}.weight`, shape), {
    bias: has(`${name}.bias`) ? weights.take(`${name}.bias`, [out]) : undefined,
    strides: [stride, stride],
    padding: [pad, pad, pad, pad],
    group: Number(x.dims[1]) / each
  })
}
