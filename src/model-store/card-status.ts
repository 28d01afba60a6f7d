import type { Card } from '../models/card.ts'
import { detectorCard } from '../models/detectors.ts'
import { isRecogniser } from '../models/index.ts'
import { DETECTORS, RECOGNISERS } from '../names.ts'
import type { ModelState, ModelStatus } from '../models/status.ts'

/** How a card's model stands. */
export type Standing = { readonly state: ModelState, readonly reason?: string }

/** The whole picture stands for the face: nothing is run. */
const SKIP: ModelStatus = { name: 'skip', task: 'detection', state: 'ready' }

/** One model as it is listed. */
export function describe (card: Card, standing: Standing): ModelStatus {
  const { name, task } = card
  return { name, task, ...standing, card, ...(isRecogniser(card) && { embeddingLength: card.length, calibration: card.calibration }) }
}

/** The names of the contract in its order, those that have one of these cards, then the cards that have other names. */
export async function describeAll (cards: readonly Card[], standing: (card: Card) => Promise<Standing>): Promise<ModelStatus[]> {
  const named = (name: string, cardName: string): Array<Promise<ModelStatus>> =>
    cards.filter((card) => card.name === cardName).map(async (card) => ({ ...describe(card, await standing(card)), name }))
  const contract = new Set<string>([...RECOGNISERS, ...DETECTORS])
  return await Promise.all([
    ...RECOGNISERS.flatMap((name) => named(name, name)),
    ...DETECTORS.flatMap((name) => name === 'skip' ? [Promise.resolve(SKIP)] : named(name, detectorCard(name, 'native'))),
    ...cards.filter(({ name }) => !contract.has(name)).flatMap(({ name }) => named(name, name))
  ])
}
