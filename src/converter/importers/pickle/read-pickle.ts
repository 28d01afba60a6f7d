import { conversionError } from '../../conversion-error.ts'
import type { Cursor } from '../cursor.ts'
import { opcodeOf } from './opcodes.ts'
import { OPERATIONS } from './operations.ts'
import { stackOf } from './stack.ts'
import type { Call, Persistent, Value } from './value.ts'

export interface PickleOptions {
  /** The classes and functions that may be named, `module.name`. They are only ever named: see `value.ts`. */
  readonly globals: ReadonlySet<string>
  /** Beginnings of such names that may all be named: `torch.nn.modules.`. */
  readonly modules?: readonly string[]
  /**
   * Called after an object was given its state, as joblib puts an array's numbers between the operations there. What it gives
   * takes the object's place; it reads from the same cursor.
   */
  readonly afterBuild?: (object: Call) => Value
  /** Called with each reference to what the program that wrote the pickle keeps elsewhere, in their order. */
  readonly onPersistent?: (reference: Persistent) => void
  /** MAX_OPERATIONS when left out. Each can make us keep some 200 bytes. */
  readonly maxOperations?: number
}

/** The most operations of one pickle. A state dict of a thousand tensors has some 30,000, YOLOv12-l with its modules 130,000; so what a hostile one can make us keep stays at some 40 MB. */
export const MAX_OPERATIONS = 200_000

/**
 * Reads the pickle at the cursor, protocols 0 to 5 without what those networks never use, and stays behind it. The format is that
 * of Python 3.13 `pickletools.py`. Nothing is ever executed: the result says what would be made, and only names that
 * `globals` has may occur.
 * @throws {Error} ConversionError when it is damaged, too long, or names or does something that is not allowed, which it names.
 */
export function readPickle (cursor: Cursor, { globals, modules = [], afterBuild = (object) => object, onPersistent = () => {}, maxOperations = MAX_OPERATIONS }: PickleOptions): Value {
  const machine = { cursor, globals, modules, afterBuild, onPersistent, stack: stackOf(), memo: new Map<number, Value>() }
  for (let done = 0; done < maxOperations; done++) {
    const at = cursor.at()
    const byte = cursor.u8()
    const opcode = opcodeOf(byte)
    if (opcode === undefined) throw conversionError(`The pickle is damaged: 0x${byte.toString(16).padStart(2, '0')} at ${at} is no operation.`)
    if (opcode === 'STOP') return machine.stack.pop()
    const operation = OPERATIONS[opcode]
    if (!operation) throw conversionError(`The pickle uses ${opcode} at ${at}, which is not allowed.`)
    operation(machine)
  }
  throw conversionError(`The pickle has more than ${maxOperations} operations, which nothing of its kind needs.`)
}
