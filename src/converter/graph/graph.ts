import type { DataType, Tensor } from './tensor.ts'

/** A size, or the name of a size that is known only when the graph runs. */
export type Dim = number | string

/** An input or output of a graph. */
export interface Value {
  readonly name: string
  readonly type: DataType
  /** Undefined when nothing is promised, not even the number of dimensions. */
  readonly dims: readonly Dim[] | undefined
}

export type Attribute =
  | { readonly type: 'int' | 'float', readonly value: number }
  | { readonly type: 'string', readonly value: string }
  | { readonly type: 'ints' | 'floats', readonly value: readonly number[] }
  | { readonly type: 'strings', readonly value: readonly string[] }
  | { readonly type: 'tensor', readonly value: Tensor }

export type NodeAttributes = Readonly<Record<string, Attribute>>

/** One operation. Values are referenced by name; an empty input name is an omitted optional input. */
export interface Node {
  readonly op: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: NodeAttributes
  /** Operator set that `op` belongs to; empty for ONNX's own. */
  readonly domain: string
}

/**
 * A network as importers build it and passes rewrite it. Immutable: a pass returns another graph. `nodes` are in an order in which they
 * can run.
 */
export interface Graph {
  readonly name: string
  /** Version of each operator set, by domain. */
  readonly opsets: ReadonlyMap<string, number>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly initializers: ReadonlyMap<string, Tensor>
  readonly nodes: readonly Node[]
  readonly metadata: ReadonlyMap<string, string>
}

/** Rewrites a graph into one that computes the same. */
export type Pass = (graph: Graph) => Graph

export const int = (value: number): Attribute => ({ type: 'int', value })
export const float = (value: number): Attribute => ({ type: 'float', value })
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value })
export const string = (value: string): Attribute => ({ type: 'string', value })

export const node = (op: string, inputs: readonly string[], outputs: readonly string[], attributes: NodeAttributes = {}): Node =>
  ({ op, name: outputs[0] ?? op, inputs, outputs, attributes, domain: '' })

/** Returns an integer or float attribute of `node`. */
export function numberOf ({ attributes }: Node, name: string, otherwise: number): number {
  const found = attributes[name]
  return found?.type === 'int' || found?.type === 'float' ? found.value : otherwise
}

/** Returns an attribute of `node` that is a list of integers. */
export function numbersOf ({ attributes }: Node, name: string): readonly number[] | undefined {
  const found = attributes[name]
  return found?.type === 'ints' ? found.value : undefined
}

export function textOf ({ attributes }: Node, name: string, otherwise: string): string {
  const found = attributes[name]
  return found?.type === 'string' ? found.value : otherwise
}

/** Name of a node for messages, such as `Conv_3 (Conv)`. */
export const label = ({ name, op, outputs }: Pick<Node, 'name' | 'op' | 'outputs'>): string =>
  `${name || outputs[0] || 'A nameless node'} (${op})`
