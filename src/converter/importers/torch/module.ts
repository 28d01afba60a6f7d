import { conversionError } from '../../conversion-error.ts'
import { type Call, isCall, isKind, type Value } from '../pickle/value.ts'

/** Maximum nesting of modules; a network of ultralytics has ten levels. */
const DEEPEST = 32

/** True when the value is an `nn.Module` that was saved whole instead of its state dict. */
export const isModule = (value: Value | undefined): value is Call =>
  isKind(value, 'call') && isKind(value.state, 'dict') && ['_modules', '_parameters', '_buffers'].every((part) => (value.state as { entries: Map<string, Value> }).entries.has(part))

/**
 * Returns the state dict of a module: the parameters and buffers of the module and its submodules, under the names that `state_dict()`
 * would use. The module's class is ignored.
 * @throws {Error} ConversionError when modules are nested too deeply.
 */
export function stateOf (module: Call, prefix = '', depth = 0): Map<string, Value> {
  if (depth > DEEPEST) throw conversionError(`The checkpoint has more than ${DEEPEST} modules within each other.`)
  const { entries } = module.state as Extract<Value, { kind: 'dict' }>
  const found = new Map<string, Value>()
  for (const part of ['_parameters', '_buffers']) {
    // A layer without a bias stores it as None.
    for (const [name, value] of children(entries.get(part))) if (value !== null) found.set(`${prefix}${name}`, value)
  }
  for (const [name, child] of children(entries.get('_modules'))) {
    if (isModule(child)) for (const [key, value] of stateOf(child, `${prefix}${name}.`, depth + 1)) found.set(key, value)
  }
  return found
}

const children = (value: Value | undefined): ReadonlyMap<string | number, Value> =>
  isKind(value, 'dict') || isCall(value, 'collections.OrderedDict') ? value.entries : new Map()
