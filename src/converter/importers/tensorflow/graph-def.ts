import type { Tensor } from '../../graph/tensor.ts'

/**
 * A value of an attribute, `AttrValue` of tensorflow/core/framework/attr_value.proto (TensorFlow 2.19): one of the fields is set.
 * Both forms a graph is published in, frozen protocol buffers and TF.js JSON, are read into this.
 */
export interface TfAttribute {
  readonly s?: string
  readonly i?: number
  readonly f?: number
  readonly b?: boolean
  /** Name of a `DataType`, such as `DT_FLOAT`. */
  readonly type?: string
  /** Sizes; −1 is one that is not known. */
  readonly shape?: readonly number[]
  readonly list?: { readonly s?: readonly string[], readonly i?: readonly number[], readonly f?: readonly number[], readonly shapes?: ReadonlyArray<readonly number[]> }
}

/** One operation, `NodeDef` of tensorflow/core/framework/node_def.proto. */
export interface TfNode {
  readonly name: string
  readonly op: string
  /** `name`, or `name:k` for output k; `^name` is an order without a value. */
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, TfAttribute>>
}

/** A network of TensorFlow with the values of its constants. Pictures are [n, h, w, c]. */
export interface TfGraph {
  readonly nodes: readonly TfNode[]
  /** Values of the Const nodes, by node. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** Which value, `node` or `node:k`, is each output, by the name the output is published under. */
  readonly outputs: ReadonlyMap<string, string>
}

/** `scope/conv:0` as node and output. */
export function endpoint (input: string): { readonly node: string, readonly index: number } {
  const [, node = input, index = '0'] = /^(.*?)(?::(\d+))?$/.exec(input) ?? []
  return { node, index: Number(index) }
}
