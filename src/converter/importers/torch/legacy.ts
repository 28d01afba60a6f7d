import { conversionError } from '../../conversion-error.ts'
import { type Cursor, cursorOver } from '../cursor.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import { describe, isKind, items, text, type Value } from '../pickle/value.ts'
import type { Stored } from '../stored.ts'
import { byteLength, type Checkpoint, GLOBALS, MODULES, type StorageName, storageName } from './tensors.ts'

/** Contents of the first and the second pickle: `torch/serialization.py`, PyTorch 2.6. */
const MAGIC = 0x1950a86a20f9469cfc6cn
const PROTOCOL = 1001

const NOTHING: ReadonlySet<string> = new Set()

/**
 * Reads a checkpoint as `torch.save` wrote it before PyTorch 1.6: five consecutive pickles (a magic number, the version, the machine that
 * wrote it, the value, the keys of the storages), then the storages in the order of their keys, each with its element count as 64 bits,
 * followed by its elements.
 * @throws {Error} ConversionError when the file is damaged or something else.
 */
export function readLegacy (bytes: Uint8Array): Checkpoint {
  const cursor = cursorOver(bytes, 'The checkpoint')
  if (cursor.peek() !== 0x80) throw conversionError('The file is no PyTorch checkpoint: neither a zip nor a pickle.')
  if (readPickle(cursor, { globals: NOTHING }) !== MAGIC) throw conversionError('The file is a pickle, but no PyTorch checkpoint.')
  const protocol = readPickle(cursor, { globals: NOTHING })
  if (protocol !== PROTOCOL) throw conversionError(`The checkpoint is of version ${String(protocol)}; version ${PROTOCOL} is known.`)
  const littleEndian = isLittleEndian(readPickle(cursor, { globals: NOTHING }))
  const names = new Map<string, StorageName>()
  const value = readPickle(cursor, {
    globals: GLOBALS,
    modules: MODULES,
    onPersistent (persistent) {
      const name = storageName(persistent)
      names.set(name.key, name)
    }
  })
  const keys = items(readPickle(cursor, { globals: NOTHING }), 'The keys of the storages')
  const storages = new Map(keys.map((key) => {
    const name = names.get(text(key, 'The key of a storage'))
    if (!name) throw conversionError(`The checkpoint has a storage ${describe(key)} that nothing refers to.`)
    return [name.key, storage(cursor, name, littleEndian)]
  }))
  return {
    value,
    stored (name) {
      const found = storages.get(name.key)
      if (!found || found.type !== name.type) throw conversionError(`The checkpoint has no storage ${name.key} of ${name.type}.`)
      return found
    }
  }
}

const isLittleEndian = (system: Value): boolean => !(isKind(system, 'dict') && system.entries.get('little_endian') === false)

function storage (cursor: Cursor, name: StorageName, littleEndian: boolean): Stored {
  const count = cursor.u64()
  if (count !== name.count) throw conversionError(`The storage ${name.key} should have ${name.count} numbers, and has ${count}.`)
  return { type: name.type, littleEndian, bytes: cursor.take(byteLength(name)) }
}
