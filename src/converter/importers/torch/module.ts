import { conversionError } from '../../conversion-error.ts'
import { type Call, isCall, isKind, type Value } from '../pickle/value.ts'

/** Modules within modules, at most: a network of ultralytics has ten. */
const DEEPEST = 32

/** Whether the value is an `nn.Module`, saved whole instead of its state dict. */
export const isModule = (value: Value | undefined): value is Call =>
  isKind(value, 'call') && isKind(value.state, 'dict') && ['_modules', '_parameters', '_buffers'].every((part) => (value.state as { entries: Map<string, Value> }).entries.has(part))

/**
 * The state dict of a module: its parameters and buffers and those of the modules in it, under the names that `state_dict()` would
 * give them. Its class is not looked at.
 * @throws {Error} ConversionError when modules are in each other without end.
 */
export function stateOf (module: Call, prefix = '', depth = 0): Map<string, Value> {
  if (depth > DEEPEST) throw conversionError(`The checkpoint has more than ${DEEPEST} modules within each other.`)
  const { entries } = module.state as Extract<Value, { kind: 'dict' }>
  const found = new Map<string, Value>()
  for (const part of ['_parameters', '_buffers']) {
    // A bias that a layer does not have is there as None.
    for (const [name, value] of children(entries.get(part))) if (value !== null) found.set(`${prefix}${name}`, value)
  }
  for (const [name, child] of children(entries.get('_modules'))) {
    if (isModule(child)) for (const [key, value] of stateOf(child, `${prefix}${name}.`, depth + 1)) found.set(key, value)
  }
  return found
}

const children = (value: Value | undefined): ReadonlyMap<string | number, Value> =>
  isKind(value, 'dict') || isCall(value, 'collections.OrderedDict') ? value.entries : new Map()
