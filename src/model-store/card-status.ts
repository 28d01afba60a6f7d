import type { Card } from '../models/card.ts'
import { isRecogniser } from '../models/catalogue.ts'
import { detectorCard } from '../models/detector-cards.ts'
import type { ModelState, ModelStatus } from '../models/model-status.ts'
import { DETECTORS, RECOGNISERS } from '../names.ts'

/** State of a card's model; `reason` says why it is unavailable. */
export type CardState = { readonly state: ModelState, readonly reason?: string }

/** The detector `skip` takes the whole picture as the face and has no model. */
const SKIP: ModelStatus = { name: 'skip', task: 'detection', state: 'ready' }

/** Returns the entry of a model in the list of models. */
export function describeCard (card: Card, state: CardState): ModelStatus {
  const { name, task } = card
  const recogniser = isRecogniser(card) && { embeddingLength: card.length, calibration: card.calibration, adaptive: card.groupShifts !== undefined }
  return { name, task, ...state, card, ...recogniser }
}

/** Lists the models of `cards`: first the API's names in the API's order, then the cards with other names. */
export async function describeCards (cards: readonly Card[], state: (card: Card) => Promise<CardState>): Promise<ModelStatus[]> {
  const named = (name: string, cardName: string): Array<Promise<ModelStatus>> =>
    cards.filter((card) => card.name === cardName).map(async (card) => ({ ...describeCard(card, await state(card)), name }))
  const apiNames = new Set<string>([...RECOGNISERS, ...DETECTORS])
  return await Promise.all([
    ...RECOGNISERS.flatMap((name) => named(name, name)),
    ...DETECTORS.flatMap((name) => name === 'skip' ? [Promise.resolve(SKIP)] : named(name, detectorCard(name, 'native'))),
    ...cards.filter(({ name }) => !apiNames.has(name)).flatMap(({ name }) => named(name, name))
  ])
}
