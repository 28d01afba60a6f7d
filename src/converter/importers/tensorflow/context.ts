import { conversionError } from '../../conversion-error.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import type { TfNode } from './graph-def.ts'
import { label } from './node-attributes.ts'
import { type Computed, computed, type Operand } from './operand.ts'

/** A node that is about to be written. */
export interface Context {
  readonly builder: Builder
  readonly node: TfNode
  readonly name: string
  readonly inputs: readonly Operand[]
}

export type Operation = (context: Context) => Operand

/** A computed input. */
export function value ({ builder, node, name, inputs }: Context, i: number): Computed {
  const operand = inputs[i]
  if (!operand) throw conversionError(`${label(node)} lacks its input ${i}.`)
  return computed(builder, `${name}/${i}`, operand)
}

/** An input that must be a constant. */
export function constant ({ node, inputs }: Context, i: number): Tensor {
  const operand = inputs[i]
  if (!operand || !('constant' in operand)) throw conversionError(`${label(node)}: its input ${i} must be a constant.`)
  return operand.constant
}
