import { conversionError } from '../../conversion-error.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import type { TfNode } from './graph-def.ts'
import { label } from './node-attributes.ts'
import { type Computed, computed, type Operand } from './operand.ts'

/** A node about to be translated. */
export interface Context {
  readonly builder: Builder
  readonly node: TfNode
  readonly name: string
  readonly inputs: readonly Operand[]
}

export type Operation = (context: Context) => Operand

/** Returns input `i` as a computed value. @throws {Error} ConversionError when the node lacks it. */
export function value ({ builder, node, name, inputs }: Context, i: number): Computed {
  const operand = inputs[i]
  if (!operand) throw conversionError(`${label(node)} lacks its input ${i}.`)
  return computed(builder, `${name}/${i}`, operand)
}

/** Returns input `i`, which must be a constant. @throws {Error} ConversionError when it is not. */
export function constant ({ node, inputs }: Context, i: number): Tensor {
  const operand = inputs[i]
  if (!operand || !('constant' in operand)) throw conversionError(`${label(node)}: its input ${i} must be a constant.`)
  return operand.constant
}
