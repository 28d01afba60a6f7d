import type { Builder, Ref } from '../../../graph/builder.ts'
import type { Pads } from '../../../graph/shapes.ts'
import type { Tensor } from '../../../graph/tensor.ts'

/** What an array of weights is for, by Keras' name. */
export type Role = 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance' | 'alpha' | 'depthwise_kernel' | 'pointwise_kernel'

/** A value while the graph is made. Keras has pictures as [n, h, w, c], the graph has them as [n, c, h, w]. */
export interface Value {
  readonly ref: Ref
  /** Zeros that are still to be added around the picture; a convolution does it by itself. */
  readonly pads?: Pads | undefined
  /** Whether no element is below zero. */
  readonly positive?: boolean
  /** Set where [c, h, w] was flattened, which Keras does as [h, w, c]: whoever has a weight an element must permute them. */
  readonly map?: readonly [c: number, h: number, w: number] | undefined
  /** Whether `ref` is [h, w, n, c]: so locally connected layers hand on to each other. */
  readonly positionsFirst?: boolean
}

/** What a layer needs to make its part of the graph. */
export interface Site {
  readonly builder: Builder
  /** Of the layer, and of the value it makes. */
  readonly name: string
  readonly inputs: readonly Value[]
  /** The layer's weights of `role`, as Keras stores them. @throws {Error} ConversionError when they have another shape than `dims`. */
  readonly weight: (role: Role, dims: readonly number[]) => Tensor
}

/** One layer of a Keras model and what it is applied to. Layers are compared by identity. */
export interface Layer {
  /** Keras' class name in snake case, from which layers without a name get theirs. */
  readonly kind: string
  readonly name?: string | undefined
  readonly inputs: readonly Layer[]
  /** Its weights in the order in which Keras saves them: trainable ones, then the others. */
  readonly roles: readonly Role[]
  /** How many Keras layers it stands for, one after the other. */
  readonly span: number
  readonly emit: (site: Site) => Value
}

export const layer = (kind: string, name: string | undefined, inputs: readonly Layer[], roles: readonly Role[], emit: (site: Site) => Value, span = 1): Layer =>
  ({ kind, name, inputs, roles, span, emit })

/** The value with its zeros added, [n, c, h, w] or [n, values]. */
export function settled ({ builder, name }: Pick<Site, 'builder' | 'name'>, { ref, pads, positionsFirst }: Value): Ref {
  if (positionsFirst) return builder.transpose(`${name}/nchw`, ref, [2, 3, 0, 1])
  return pads ? builder.pad(`${name}/pad`, ref, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]) : ref
}

/** Channels of [n, c, …]. */
export const channelsOf = ({ dims }: Ref): number => Number(dims[1])
