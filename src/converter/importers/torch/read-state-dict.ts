import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { describe, isCall, isKind, items, text, type Value } from '../pickle/value.ts'
import { isZip } from '../zip.ts'
import { readLegacy } from './legacy.ts'
import { tensorOf } from './tensors.ts'
import { readArchive } from './archive.ts'
import { isModule, stateOf } from './module.ts'

/** Keys under which training scripts store the weights, beside an epoch, an optimiser and so on. */
const STATE_DICT_KEYS = ['state_dict', 'model_state_dict', 'model']

/** Keys under which ultralytics stores modules; `ema`, the average over the training, is the one it predicts with. */
const MODULE_KEYS = ['ema', 'model']

/** Prefix that `nn.DataParallel` adds to every name. */
const PARALLEL = 'module.'

/**
 * Reads the tensors of a checkpoint that `torch.save` wrote, as a zip since PyTorch 1.6 or in the older format: a state dict, a module, or
 * a dictionary with one of them under a usual key. The `module.` prefix of parallel training is removed; the `num_batches_tracked`
 * counters, which only training uses, are omitted. Floating-point tensors of any width are returned as float32.
 *
 * Tensors are views of `bytes`, which must not change afterwards. Nothing in the pickle is executed.
 * @throws {Error} ConversionError when the file is damaged, is not a state dict, or names a class or function that is not allowed.
 */
export function readStateDict (bytes: Uint8Array): Map<string, Tensor> {
  const { value, stored } = isZip(bytes) ? readArchive(bytes) : readLegacy(bytes)
  const entries = [...stateDict(value)].filter(([name]) => !name.endsWith('num_batches_tracked'))
  const parallel = entries.every(([name]) => name.startsWith(PARALLEL))
  return new Map(entries.map(([key, entry]) => {
    const name = parallel ? key.slice(PARALLEL.length) : key
    const tensor = tensorOf(entry, name, stored)
    if (!tensor) throw conversionError(`${name} of the state dict should be a tensor, and is ${describe(entry)}.`)
    return [name, tensor]
  }))
}

function stateDict (value: Value): ReadonlyMap<string, Value> {
  if (isModule(value)) return stateOf(value)
  const outer = entriesOf(value)
  for (const key of MODULE_KEYS) {
    const inner = outer.get(key)
    if (isModule(inner)) return stateOf(inner)
  }
  for (const key of STATE_DICT_KEYS) {
    const inner = outer.get(key)
    if (isKind(inner, 'dict') || isCall(inner, 'collections.OrderedDict')) return entriesOf(inner)
  }
  return outer
}

function entriesOf (value: Value): ReadonlyMap<string, Value> {
  const entries = isCall(value, 'collections.OrderedDict') ? new Map([...pairs(value.args[0]), ...value.entries]) : isKind(value, 'dict') && value.entries
  if (!entries) throw conversionError(`The checkpoint holds ${describe(value)}; a state dict was expected.`)
  for (const key of entries.keys()) if (typeof key !== 'string') throw conversionError(`The checkpoint has the key ${describe(key)}; a state dict has names.`)
  return entries as ReadonlyMap<string, Value>
}

/** Python 2 passes the entries to the constructor of an OrderedDict as a list of pairs; Python 3 sets them afterwards. */
const pairs = (list: Value | undefined): Array<[string, Value]> => list === undefined
  ? []
  : items(list, 'What an OrderedDict is made of').map((pair) => {
    const [key, value = null] = items(pair, 'An entry of an OrderedDict')
    return [text(key, 'A name in a state dict'), value]
  })
