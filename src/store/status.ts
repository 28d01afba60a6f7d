import type { Card } from '../models/card.ts'
import { detectorCard } from '../models/detectors.ts'
import { isRecogniser } from '../models/index.ts'
import { type DetectorName, DETECTORS, RECOGNISERS } from '../models/names.ts'
import type { ModelState, ModelStatus } from '../models/status.ts'

/** How a card's model stands. */
export type Standing = { readonly state: ModelState, readonly reason?: string }

const NO_WEIGHTS = 'This version has no weights for it.'

/** One model as it is listed. */
export function describe (card: Card, standing: Standing): ModelStatus {
  const { name, task } = card
  return { name, task, ...standing, card, ...(isRecogniser(card) && { embeddingLength: card.length, calibration: card.calibration }) }
}

/** Every name of the contract in its order, then the attribute models, then what else there are cards for. */
export async function describeAll (cards: readonly Card[], standing: (card: Card) => Promise<Standing>): Promise<ModelStatus[]> {
  const named = async (name: string, task: Card['task'], cardName = name): Promise<ModelStatus> => {
    const card = cards.find((candidate) => candidate.name === cardName)
    if (card) return { ...describe(card, await standing(card)), name }
    // The whole picture stands for the face: nothing is run.
    return name === 'skip' ? { name, task, state: 'ready' } : { name, task, state: 'unavailable', reason: NO_WEIGHTS }
  }
  const contract = new Set<string>([...RECOGNISERS, ...DETECTORS])
  return await Promise.all([
    ...RECOGNISERS.map((name) => named(name, 'recognition')),
    ...DETECTORS.map((name: DetectorName) => named(name, 'detection', detectorCard(name, 'native'))),
    ...cards.filter(({ name }) => !contract.has(name)).map(({ name, task }) => named(name, task))
  ])
}
