import type { Builder, Ref } from '../../../graph/builder.ts'
import type { Pads } from '../../../graph/shapes.ts'
import type { Tensor } from '../../../graph/tensor.ts'

/** Purpose of an array of weights, under Keras' name. */
export type Role = 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance' | 'alpha' | 'depthwise_kernel' | 'pointwise_kernel'

/** A value while the graph is being built. Keras stores pictures as [n, h, w, c], the graph as [n, c, h, w]. */
export interface Value {
  readonly ref: Ref
  /** Zeros still to be added around the picture; a convolution adds them itself. */
  readonly pads?: Pads | undefined
  /** True when no element is negative. */
  readonly positive?: boolean
  /** Set when [c, h, w] was flattened. Keras flattens [h, w, c], so a layer with one weight per element must permute its weights. */
  readonly map?: readonly [c: number, h: number, w: number] | undefined
  /** True when `ref` is [h, w, n, c], the layout that locally connected layers pass to each other. */
  readonly positionsFirst?: boolean
}

/** Everything a layer needs to add its part to the graph. */
export interface Site {
  readonly builder: Builder
  /** Name of the layer and of the value it produces. */
  readonly name: string
  readonly inputs: readonly Value[]
  /** Returns the layer's weights of `role`, as stored by Keras. @throws {Error} ConversionError when their shape is not `dims`. */
  readonly weight: (role: Role, dims: readonly number[]) => Tensor
}

/** One layer of a Keras model, applied to its inputs. Layers are compared by identity. */
export interface Layer {
  /** Keras' class name in snake case, the default for the layer's name. */
  readonly kind: string
  readonly name?: string | undefined
  readonly inputs: readonly Layer[]
  /** Its weights in the order in which Keras saves them: first trainable ones, then the others. */
  readonly roles: readonly Role[]
  /** Number of consecutive Keras layers that it stands for. */
  readonly span: number
  readonly emit: (site: Site) => Value
}

export const layer = (kind: string, name: string | undefined, inputs: readonly Layer[], roles: readonly Role[], emit: (site: Site) => Value, span = 1): Layer =>
  ({ kind, name, inputs, roles, span, emit })

/** Returns the value with its zeros added, as [n, c, h, w] or [n, values]. */
export function settled ({ builder, name }: Pick<Site, 'builder' | 'name'>, { ref, pads, positionsFirst }: Value): Ref {
  if (positionsFirst) return builder.transpose(`${name}/nchw`, ref, [2, 3, 0, 1])
  return pads ? builder.pad(`${name}/pad`, ref, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]) : ref
}

/** Number of channels of [n, c, …]. */
export const channelsOf = ({ dims }: Ref): number => Number(dims[1])
