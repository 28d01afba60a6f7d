import type { RecogniserName } from '../names.ts'
import type { Card, RecogniserCard } from './card.ts'
import { cards as centerface } from './centerface/cards.ts'
import { cards as demography } from './deepface-attributes/cards.ts'
import { cards as dlib } from './dlib/cards.ts'
import { cards as emotion } from './emotion/cards.ts'
import { cards as faceres } from './faceres/cards.ts'
import { cards as gear } from './gear/cards.ts'
import { cards as mediapipe } from './mediapipe/cards.ts'
import { cards as minifasnet } from './minifasnet/cards.ts'
import { cards as mtcnn } from './mtcnn/cards.ts'
import { cards as opencv } from './opencv/cards.ts'
import { cards as recognition } from './recognition/cards.ts'
import { cards as retinaface } from './retinaface/cards.ts'
import { cards as ssd } from './ssd/cards.ts'
import { cards as yolo } from './yolo/cards.ts'
import { cards as yunet } from './yunet/cards.ts'

/** The catalogue: every model that this version can run. A name is used once. */
export const cards: readonly Card[] = [...recognition, ...opencv, ...ssd, ...retinaface, ...yunet, ...centerface, ...mediapipe, ...dlib, ...mtcnn, ...yolo, ...faceres, ...gear, ...emotion, ...demography, ...minifasnet]

/** The card called `name`. @throws {Error} when there is none. */
export const cardNamed = (name: string): Card => named(cards, name)

/** The recogniser called `name`: a test makes sure that each name of the contract has a card. */
export const recogniserNamed = (name: RecogniserName): RecogniserCard => named(recognition, name)

export const isRecogniser = (card: Card): card is RecogniserCard => card.task === 'recognition'

function named<Known extends Card> (all: readonly Known[], name: string): Known {
  const card = all.find((card) => card.name === name)
  if (!card) throw new Error(`There is no card named ${name}.`)
  return card
}
