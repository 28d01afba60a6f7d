import { uniqueNames } from './fresh-names.ts'
import type { Graph, Node } from './graph.ts'
import { floats, type Tensor } from './tensor.ts'

/** Lookups in a graph for passes, indexed once for all its nodes. */
export interface GraphQueries {
  /** Returns the node that computes a value; undefined for inputs and initializers. */
  readonly maker: (name: string) => Node | undefined
  /** Number of times a value is read, including as an output of the graph. */
  readonly uses: (name: string) => number
  /** Returns the constant of that name. */
  readonly constant: (name: string | undefined) => Tensor | undefined
}

export function graphQueries ({ nodes, initializers, outputs }: Graph): GraphQueries {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const uses = new Map<string, number>()
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)]) uses.set(name, (uses.get(name) ?? 0) + 1)
  return {
    maker: (name) => makers.get(name),
    uses: (name) => uses.get(name) ?? 0,
    constant: (name) => name === undefined ? undefined : initializers.get(name)
  }
}

/** Returns a function that makes names which no value of the graph has yet. */
export function freshNames ({ nodes, initializers, inputs }: Graph): (hint: string) => string {
  return uniqueNames([...inputs.map(({ name }) => name), ...initializers.keys(), ...nodes.flatMap(({ outputs }) => outputs)])
}

/** Returns a function that adds a constant to `initializers` under a new name, which it returns. */
export const adderTo = (initializers: Map<string, Tensor>, fresh: (hint: string) => string) => (hint: string, tensor: Tensor): string => {
  const name = fresh(hint)
  initializers.set(name, tensor)
  return name
}

/** Returns the value of a float32 constant with one element. */
export function singleValue (tensor: Tensor | undefined): number | undefined {
  return tensor?.type === 'float32' && tensor.dims.every((dim) => dim === 1) ? floats(tensor)[0] : undefined
}
