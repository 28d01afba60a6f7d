import { conversionError } from '../../conversion-error.ts'
import { type Builder, createBuilder } from '../../graph/builder.ts'
import type { Dim, Graph } from '../../graph/graph.ts'
import { lookUp } from '../table.ts'
import { folded } from './constants.ts'
import { endpoint, type TfGraph, type TfNode } from './graph-def.ts'
import { label } from './node-attributes.ts'
import { asTensorFlow, computed, fromTensorFlow, made, type Operand } from './operand.ts'
import { OPERATIONS } from './operations.ts'

/** Name of the batch axis. */
const BATCH = 'n'

/**
 * Translates a TensorFlow graph operation by operation. Pictures become [n, c, h, w]: constants are reordered, axes renumbered, and a
 * transposition is added only where a picture is reshaped. The only Placeholder becomes `input`, float32 [n, c, h, w].
 * @throws {Error} ConversionError naming an operation that is not supported, or a contradiction.
 */
export function translate ({ nodes, constants, outputs }: TfGraph): Graph {
  const builder = createBuilder()
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const done = new Map<string, Operand>()

  for (const node of inOrder(byName, [...outputs].map(([name, output]) => nodeOf(output, `The output ${name}`)))) {
    done.set(node.name, operand(node))
  }

  const named = Object.fromEntries([...outputs].map(([name, output]) => {
    return [name, asTensorFlow(builder, name, computed(builder, name, done.get(endpoint(output).node)!))]
  }))
  return builder.build('tensorflow', named)

  function operand (node: TfNode): Operand {
    const constant = constants.get(node.name)
    if (constant) return { constant }
    if (node.op === 'Placeholder') return placeholder(builder, node)
    const inputs = values(node).map((input) => done.get(nodeOf(input, label(node)))!)
    const fixed = inputs.flatMap((input) => 'constant' in input ? [input.constant] : [])
    const known = fixed.length === inputs.length ? folded(node.name, node.op, fixed) : undefined
    if (known) return { constant: known }
    const operation = lookUp(OPERATIONS, node.op)
    if (!operation) throw conversionError(`${label(node)} is an operation that is not supported.`)
    return operation({ builder, node, name: node.name, inputs })
  }
}

function placeholder (builder: Builder, { name, attributes }: TfNode): Operand {
  const shape = attributes['shape']?.shape
  if (!shape || shape.length === 0) throw conversionError(`The input ${name} says nothing of its shape.`)
  const dims = shape.map((size, i): Dim => i === 0 ? BATCH : size < 0 ? `${name}_${i}` : size)
  if (dims.length !== 4) return fromTensorFlow(builder, name, builder.input('input', dims))
  const [n, h, w, c] = dims
  return made(builder.input('input', [n!, c!, h!, w!]), true)
}

/** Returns the node that produces the value `input`. @throws {Error} ConversionError when it is not the node's first output. */
function nodeOf (input: string, reader: string): string {
  const { node, index } = endpoint(input)
  if (index > 0) throw conversionError(`${reader} reads output ${index} of ${node}; only first outputs are supported.`)
  return node
}

const values = ({ inputs }: TfNode): readonly string[] => inputs.filter((input) => !input.startsWith('^'))

/**
 * Returns the nodes that `wanted` depend on, each after the nodes it reads.
 * A loop instead of recursion, as graphs are deeper than the call stack.
 * @throws {Error} ConversionError when a node is missing or depends on itself.
 */
export function inOrder (nodes: ReadonlyMap<string, TfNode>, wanted: readonly string[]): TfNode[] {
  const ordered = new Map<string, TfNode>()
  const open = new Set<string>()
  const stack = [...wanted].reverse()
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = nodes.get(name)
    if (!node) throw conversionError(`${name} is read, and there is no such node.`)
    const missing = ordered.has(name) ? [] : values(node).map((input) => endpoint(input).node).filter((input) => !ordered.has(input))
    if (missing.length === 0) {
      ordered.set(name, node)
      stack.pop()
    } else {
      if (open.has(name)) throw conversionError(`${label(node)} depends on itself.`)
      // Not `push(...missing)`: there may be too many for arguments.
      for (const input of missing) stack.push(input)
    }
    open.add(name)
  }
  return [...ordered.values()]
}
