import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { type Call, describe, isCall, isKind, items, size, sizes, text, type Value } from '../pickle/value.ts'
import { sizeOf, type Stored, type StoredType, tensorOver } from '../stored.ts'

/** Storage classes, `torch.<name>`, and their element types. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  'torch.FloatStorage': 'float32',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.DoubleStorage': 'float64',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.BoolStorage': 'bool',
  'torch.ShortStorage': 'int16',
  'torch.IntStorage': 'int32',
  'torch.LongStorage': 'int64'
}

/**
 * Names that a checkpoint may use: containers, storages, functions that rebuild tensors from them (`torch/_utils.py`, PyTorch 2.6), and
 * types that ultralytics stores beside the weights.
 */
export const GLOBALS: ReadonlySet<string> = new Set([
  'collections.OrderedDict', 'torch.Size', 'torch._utils._rebuild_tensor', 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_parameter', ...Object.keys(STORAGES),
  '__builtin__.set', 'builtins.set', 'torch.device', 'torch.float16', 'torch.float32', 'pathlib.PosixPath', 'pathlib.WindowsPath',
  'numpy.dtype', 'numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', '_codecs.encode'
])

/** Prefixes of the module classes that may be saved whole. */
export const MODULES = ['torch.nn.modules.', 'ultralytics.'] as const

/** Reference to a storage in a checkpoint: a sequence of numbers that one or several tensors use. */
export interface StorageName {
  readonly key: string
  readonly type: StoredType
  /** Number of elements. */
  readonly count: number
}

/** The content of a checkpoint, in either format. */
export interface Checkpoint {
  /** The saved object. */
  readonly value: Value
  readonly stored: (storage: StorageName) => Stored
}

/**
 * Parses `('storage', class, key, device, count)`; old files have a sixth item, for a storage that is part of another.
 * @throws {Error} ConversionError when the value is something else, or part of another storage.
 */
export function storageName (value: Value | undefined): StorageName {
  if (!isKind(value, 'persistent')) throw conversionError(`The checkpoint has ${describe(value)} where a storage was expected.`)
  const [kind, global, key, , count, view] = items(value.id, 'The name of a storage')
  if (kind !== 'storage' || !isKind(global, 'global')) throw conversionError(`The checkpoint refers to ${describe(kind)} of ${describe(global)}, which is no storage.`)
  const type = STORAGES[global.name]
  if (!type) throw conversionError(`The checkpoint has a storage of ${global.name}, which is none.`)
  if (view !== undefined && view !== null) throw conversionError(`The storage ${describe(key)} is part of another, as in files before PyTorch 0.4, which is not supported.`)
  return { key: text(key, 'The key of a storage'), type, count: size(count, 'The length of a storage') }
}

export const byteLength = ({ type, count }: StorageName): number => count * sizeOf(type)

/**
 * Returns the tensor that `_rebuild_tensor` (storage, offset, size, stride, …) would create; undefined when the value is something else.
 */
export function tensorOf (value: Value, name: string, stored: (storage: StorageName) => Stored): Tensor | undefined {
  const call = isCall(value, 'torch._utils._rebuild_parameter') ? value.args[0] : value
  if (!isRebuilt(call)) return undefined
  const [storage, offset, dims, strides] = call.args
  return tensorOver(stored(storageName(storage)), {
    dims: sizes(shape(dims), `The shape of ${name}`),
    strides: sizes(strides, `The strides of ${name}`),
    offset: size(offset, `The offset of ${name}`)
  }, name)
}

const isRebuilt = (value: Value | undefined): value is Call =>
  isCall(value, 'torch._utils._rebuild_tensor_v2') || isCall(value, 'torch._utils._rebuild_tensor')

/** Unwraps `torch.Size((…))`; returns a plain tuple as it is. */
const shape = (value: Value | undefined): Value | undefined => isCall(value, 'torch.Size') ? value.args[0] : value
