import type { RecogniserName } from '../names.ts'
import type { AntiSpoofingCard, AttributeCard, Card, DetectorCard, LandmarkCard, RecogniserCard } from './card.ts'
import { cards as centerface } from './centerface/cards.ts'
import { cards as demography } from './deepface-attributes/cards.ts'
import { cards as dlib } from './dlib/cards.ts'
import { cards as emotion } from './emotion/cards.ts'
import { cards as faceres } from './faceres/cards.ts'
import { cards as gear } from './gear/cards.ts'
import { cards as mediapipe } from './mediapipe/cards.ts'
import { cards as mesh } from './mesh/cards.ts'
import { cards as minifasnet } from './minifasnet/cards.ts'
import { cards as mtcnn } from './mtcnn/cards.ts'
import { cards as opencv } from './opencv/cards.ts'
import { cards as recognition } from './recognition/cards.ts'
import { cards as retinaface } from './retinaface/cards.ts'
import { cards as ssd } from './ssd/cards.ts'
import { cards as yolo } from './yolo/cards.ts'
import { cards as yunet } from './yunet/cards.ts'

/** Every detector. */
export const detectors = [...opencv, ...ssd, ...retinaface, ...yunet, ...centerface, ...mediapipe, ...dlib, ...mtcnn, ...yolo]
const attributes = [...faceres, ...gear, ...emotion, ...demography]

/** A card of the catalogue: its `family` is one of those that the cards of its task name. */
export type CatalogueCard =
  | RecogniserCard<typeof recognition[number]['family']>
  | DetectorCard<typeof detectors[number]['family']>
  | LandmarkCard<typeof mesh[number]['family']>
  | AttributeCard<typeof attributes[number]['family']>
  | AntiSpoofingCard<typeof minifasnet[number]['family']>

/** The families that the cards of a task name: `families.ts` must have an adapter for each. */
export type FamilyOf<Task extends Card['task']> = Extract<CatalogueCard, { task: Task }>['family']

/** The catalogue: every model that this version can run. A name is used once. */
export const cards: readonly CatalogueCard[] = [...recognition, ...detectors, ...mesh, ...attributes, ...minifasnet]

/** The card called `name`. @throws {Error} when there is none. */
export const cardNamed = (name: string): CatalogueCard => named(cards, name)

/** The recogniser called `name`; a test proves that each name of the contract has a card. */
export const recogniserNamed = (name: RecogniserName): RecogniserCard => named<RecogniserCard>(recognition, name)

export const isRecogniser = (card: Card): card is Extract<CatalogueCard, { task: 'recognition' }> => card.task === 'recognition'

function named<Known extends Card> (all: readonly Known[], name: string): Known {
  const card = all.find((card) => card.name === name)
  if (!card) throw new Error(`There is no card named ${name}.`)
  return card
}
