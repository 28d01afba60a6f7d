import { ConfigError } from '../errors.ts'
import { cards } from '../models/catalogue.ts'
import { list } from './comma-list.ts'

/**
 * Parses PRELOAD_MODELS into names of models, matched case-insensitively; undefined when it is empty.
 * @throws {ConfigError} naming the models that this version does not have.
 */
export function parsePreload (text?: string): string[] | undefined {
  if (text === undefined) return undefined
  const names = list(text).map((name) => ({ name, card: cards.find((card) => card.name.toLowerCase() === name.toLowerCase()) }))
  const unknown = names.filter(({ card }) => !card)
  if (unknown.length > 0) {
    throw new ConfigError([`PRELOAD_MODELS holds ${unknown.map(({ name }) => JSON.stringify(name)).join(', ')}; it must hold models of this version: ${cards.map(({ name }) => name).join(', ')}.`])
  }
  return names.map(({ card }) => card!.name)
}
