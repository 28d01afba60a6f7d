import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { endpoint, type TfNode } from '../tensorflow/graph-def.ts'
import { label } from '../tensorflow/node-attributes.ts'
import { inOrder } from '../tensorflow/translate.ts'

/** Whether a value is computed. A Switch passes its value to only one of its two outputs: 1 when `switch` is true, 0 otherwise. */
type Fate = 'dead' | 'alive' | { readonly switch: boolean }

/**
 * Returns the nodes that `wanted` need in inference: every boolean Placeholder (`phase_train`, `is_training`) is false, Switch and Merge
 * become Identity, and nodes that only training needs are removed. Semantics as in tensorflow/core/kernels/control_flow_ops.cc: a Switch
 * forwards its input to output 1 when the condition holds and to output 0 otherwise; a Merge forwards the input that arrives.
 * @throws {Error} ConversionError when a condition is known only at run time.
 */
export function inference (nodes: readonly TfNode[], wanted: readonly string[], constant: (name: string) => Tensor): TfNode[] {
  const fates = new Map<string, Fate>()
  const conditions = new Map<string, boolean>()
  return inOrder(new Map(nodes.map((node) => [node.name, node])), wanted).flatMap((node) => {
    const inputs = node.inputs.filter((input) => !input.startsWith('^'))
    const alive = inputs.filter(arrives)
    const known = condition(node)
    if (known !== undefined) conditions.set(node.name, known)
    if (node.op === 'Merge' ? alive.length === 0 : alive.length < inputs.length) {
      fates.set(node.name, 'dead')
      return []
    }
    if (node.op === 'Switch') {
      const holds = conditions.get(endpoint(inputs[1] ?? '').node)
      if (holds === undefined) throw conversionError(`${label(node)} depends on ${inputs[1]}, which is known only when the network runs.`)
      fates.set(node.name, { switch: holds })
      return [{ ...node, op: 'Identity', inputs: [firstOutput(inputs[0]!)] }]
    }
    fates.set(node.name, 'alive')
    if (node.op === 'Merge') return [{ ...node, op: 'Identity', inputs: [firstOutput(alive[0]!)] }]
    return [{ ...node, inputs: inputs.map(firstOutput) }]
  })

  function arrives (input: string): boolean {
    const { node, index } = endpoint(input)
    const fate = fates.get(node)
    return typeof fate === 'object' ? fate.switch === (index === 1) : fate === 'alive'
  }

  /** Maps both outputs of a Switch to its only output as an Identity. */
  function firstOutput (input: string): string {
    const { node } = endpoint(input)
    return typeof fates.get(node) === 'object' ? node : input
  }

  /** Value of a boolean node, undefined when it is unknown. */
  function condition (node: TfNode): boolean | undefined {
    if (node.op === 'Placeholder') return node.attributes['dtype']?.type === 'DT_BOOL' ? false : undefined
    if (node.op === 'Const') return node.attributes['dtype']?.type === 'DT_BOOL' ? constant(node.name).bytes()[0] === 1 : undefined
    if (node.op === 'Identity' || node.op === 'Switch') return conditions.get(endpoint(node.inputs[0] ?? '').node)
    return undefined
  }
}
