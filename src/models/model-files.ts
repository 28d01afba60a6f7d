import type { GraphConversion } from '../converter/conversion.ts'
import type { Card } from './card.ts'

/**
 * The parts of a model, each as a card of its own, so that the store keeps each separately: the model's own network or file under the
 * model's name, then its further parts as `<model>.<part>`. Most models have one part, the card itself.
 *
 * @example
 * partsOf(cardNamed('mtcnn')).map(({ name }) => name) // ['mtcnn', 'mtcnn.rnet', 'mtcnn.onet']
 */
export function partsOf (card: Card): readonly [Card, ...Card[]] {
  const { parts = {}, alternatives: _, ...rest } = card
  return [card, ...Object.entries(parts).map(([name, part]): Card => ({ ...rest, ...part, name: `${card.name}.${name}`, parts: {} }))]
}

/** The conversion that makes the graph of a card. @throws {Error} when it has no graph, because its file is used as it is. */
export function graphConversion ({ name, conversion }: Card): GraphConversion {
  if (conversion.format === 'raw') throw new Error(`${name} has no graph.`)
  return conversion
}
