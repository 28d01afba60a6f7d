import type { GraphConversion } from '../converter/conversion.ts'
import type { Card } from './card.ts'

/**
 * What a model consists of, each as a card of its own, so that the store keeps it by itself: the model's own network or file under the
 * model's name, then its further parts as `<model>.<part>`. Of most models this is the card alone.
 */
export function partsOf (card: Card): readonly [Card, ...Card[]] {
  const { parts = {}, alternatives: _, ...rest } = card
  return [card, ...Object.entries(parts).map(([name, part]): Card => ({ ...rest, ...part, name: `${card.name}.${name}`, parts: {} }))]
}

/** How the graph of a card is made. @throws {Error} when it has none, since its file is used as it is. */
export function graphConversion ({ name, conversion }: Card): GraphConversion {
  if (conversion.format === 'raw') throw new Error(`${name} has no graph.`)
  return conversion
}
