import { attributeCards } from '../models/attribute-cards.ts'
import { cardNamed } from '../models/catalogue.ts'
import { cardsFor, landmarkCard } from '../models/detector-cards.ts'
import { currentDetector, type DetectorName, type Pipeline, type RecogniserName } from '../names.ts'

/** The models of a request that names none: DEFAULT_MODEL, DEFAULT_DETECTOR and DEFAULT_PIPELINE. */
export interface DefaultNames {
  readonly model: RecogniserName
  readonly detector: DetectorName
  readonly pipeline: Pipeline
}

export interface Preload {
  /** Names of the cards to open. */
  readonly models: readonly string[]
  /** Names of cards that would be opened if their licence were permitted. */
  readonly refused: readonly string[]
}

/**
 * Chooses the models that a service opens at its start unless PRELOAD_MODELS names them: those that recognise, detect and, in the native
 * pipeline, find landmarks and analyze. Attribute models whose licence does not permit commercial use are opened on demand, so that the default
 * start has none; so are DeepFace's, which have half a gigabyte each.
 *
 * @param permits whether the licence of the card of this name is permitted. A refused model does not stop the start: what needs it is
 * answered `model_unavailable`, and the rest works.
 */
export function defaultPreload (names: DefaultNames, permits: (card: string) => boolean): Preload {
  const { model, pipeline } = names
  const detector = currentDetector(names.detector, pipeline)
  const attributes = attributeCards('native').filter((name) => cardNamed(name).licence.commercial)
  const wanted = [...cardsFor({ model, detector, pipeline }), ...pipeline === 'native' ? attributes : []]
  const landmarks = landmarkCard(detector, pipeline, permits)
  return {
    models: [...new Set([...wanted.filter(permits), ...landmarks ? [landmarks] : []])],
    refused: wanted.filter((name) => !permits(name))
  }
}
