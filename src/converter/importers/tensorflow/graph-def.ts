import type { Tensor } from '../../graph/tensor.ts'

/**
 * An attribute value, `AttrValue` of tensorflow/core/framework/attr_value.proto (TensorFlow 2.19), with one field set. Both published forms
 * of a graph, frozen protocol buffers and TF.js JSON, are read into it.
 */
export interface TfAttribute {
  readonly s?: string
  readonly i?: number
  readonly f?: number
  readonly b?: boolean
  /** Name of a `DataType`, for example `DT_FLOAT`. */
  readonly type?: string
  /** Sizes, −1 when unknown. */
  readonly shape?: readonly number[]
  readonly list?: {
    readonly s?: readonly string[]
    readonly i?: readonly number[]
    readonly f?: readonly number[]
    readonly shapes?: ReadonlyArray<readonly number[]>
  }
}

/** One operation, `NodeDef` of tensorflow/core/framework/node_def.proto. */
export interface TfNode {
  readonly name: string
  readonly op: string
  /** `name`, or `name:k` for output k; `^name` is a control dependency without a value. */
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, TfAttribute>>
}

/** A TensorFlow network and the values of its constants. Pictures are [n, h, w, c]. */
export interface TfGraph {
  readonly nodes: readonly TfNode[]
  /** Values of the Const nodes, by node name. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** The value of each output, `node` or `node:k`, by the name under which the output is published. */
  readonly outputs: ReadonlyMap<string, string>
}

/** Splits a reference such as `scope/conv:0` into node and output index. */
export function endpoint (input: string): { readonly node: string, readonly index: number } {
  const [, node = input, index = '0'] = /^(.*?)(?::(\d+))?$/.exec(input) ?? []
  return { node, index: Number(index) }
}
