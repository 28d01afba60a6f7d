import type { Card } from '../models/card.ts'
import { isRecogniser } from '../models/catalogue.ts'
import { detectorCard } from '../models/detector-cards.ts'
import type { ModelState, ModelStatus } from '../models/model-status.ts'
import { DETECTORS, RECOGNISERS } from '../names.ts'

/** How a card's model stands. */
export type CardState = { readonly state: ModelState, readonly reason?: string }

/** The whole picture stands for the face: nothing is run. */
const SKIP: ModelStatus = { name: 'skip', task: 'detection', state: 'ready' }

/** One model as it is listed. */
export function describeCard (card: Card, state: CardState): ModelStatus {
  const { name, task } = card
  return { name, task, ...state, card, ...(isRecogniser(card) && { embeddingLength: card.length, calibration: card.calibration }) }
}

/** The names of the contract in its order, those that have one of these cards, then the cards that have other names. */
export async function describeCards (cards: readonly Card[], state: (card: Card) => Promise<CardState>): Promise<ModelStatus[]> {
  const named = (name: string, cardName: string): Array<Promise<ModelStatus>> =>
    cards.filter((card) => card.name === cardName).map(async (card) => ({ ...describeCard(card, await state(card)), name }))
  const contract = new Set<string>([...RECOGNISERS, ...DETECTORS])
  return await Promise.all([
    ...RECOGNISERS.flatMap((name) => named(name, name)),
    ...DETECTORS.flatMap((name) => name === 'skip' ? [Promise.resolve(SKIP)] : named(name, detectorCard(name, 'native'))),
    ...cards.filter(({ name }) => !contract.has(name)).flatMap(({ name }) => named(name, name))
  ])
}
