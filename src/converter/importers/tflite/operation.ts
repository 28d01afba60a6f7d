import type { Builder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import type { Computed, Operand } from '../tensorflow/operand.ts'
import type { Options } from './tflite-schema.ts'

/** An operator of the file, with its inputs resolved. */
export interface Operation {
  readonly builder: Builder
  /** Name of the output tensor. */
  readonly name: string
  /** Shape of the output tensor in the file's layout, for a batch of 1. */
  readonly shape: readonly number[]
  /** As in `TensorInfo`. */
  readonly signature: readonly number[]
  readonly options: Options
  /** Number of inputs. */
  readonly inputs: number
  /** Returns an input as a value of the graph. @throws {Error} ConversionError when it is absent. */
  readonly value: (input: number) => Computed
  /** Returns an input in the file's layout when it is a constant, otherwise undefined. */
  readonly constant: (input: number) => Tensor | undefined
  /** Transposes a constant. Operators that share a constant share the result. */
  readonly reordered: (tensor: Tensor, perm: readonly number[]) => Tensor
}

/** Translates an operator; an operation on constants only may return a constant. */
export type Translation = (operation: Operation) => Operand
