import { conversionError } from '../../conversion-error.ts'
import type { Cursor } from '../cursor.ts'
import { opcodeOf } from './opcodes.ts'
import { OPERATIONS } from './operations.ts'
import { stackOf } from './stack.ts'
import type { Call, Persistent, Value } from './value.ts'

export interface PickleOptions {
  /** Classes and functions that may be named, as `module.name`. They are never looked up or called: see `value.ts`. */
  readonly globals: ReadonlySet<string>
  /** Prefixes of further names that may be used, for example `torch.nn.modules.`. */
  readonly modules?: readonly string[]
  /**
   * Called after the state of an object was set: joblib puts an array's numbers between the operations there. It may read from the same
   * cursor, and its result replaces the object.
   */
  readonly afterBuild?: (object: Call) => Value
  /** Called, in file order, with each reference to data that the writing program keeps elsewhere. */
  readonly onPersistent?: (reference: Persistent) => void
  /** Defaults to MAX_OPERATIONS. Each operation can make the reader keep about 200 bytes. */
  readonly maxOperations?: number
}

/**
 * Maximum number of operations of one pickle. A state dict of a thousand tensors has about 30,000, YOLOv12-l with its modules 130,000; this
 * limits the memory that a hostile pickle can claim to about 40 MB.
 */
export const MAX_OPERATIONS = 200_000

/**
 * Reads the pickle at the cursor and leaves the cursor after it: protocols 0 to 5, without operations that no network uses. The format is
 * that of Python 3.13 `pickletools.py`. Nothing is ever executed: the result describes the objects that Python would create, and only names
 * in `globals` and below `modules` may occur.
 * @throws {Error} ConversionError when the pickle is damaged or too long, or names or does something that is not allowed.
 * The message states which.
 * @example
 * const value = readPickle(cursorOver(bytes, 'The pickle'), { globals: new Set(['collections.OrderedDict']) })
 * if (isKind(value, 'dict')) console.log([...value.entries.keys()])
 */
export function readPickle (
  cursor: Cursor,
  { globals, modules = [], afterBuild = (object) => object, onPersistent = () => {}, maxOperations = MAX_OPERATIONS }: PickleOptions
): Value {
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
