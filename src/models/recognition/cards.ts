import type { RecogniserCard, UncalibratedCard } from '../card.ts'
import { buffalo } from './buffalo-card.ts'
import { calibrations } from './calibration.ts'
import { dlib } from './dlib-card.ts'
import { facenet512 } from './facenet512-card.ts'
import { cards as keras } from './keras-cards.ts'
import { published } from './published-thresholds.ts'
import { sface } from './sface-card.ts'

const all: readonly UncalibratedCard[] = [sface, facenet512, dlib, ...keras, buffalo]

/**
 * Every recogniser. In the deepface pipeline each has DeepFace's own thresholds; in the native one those that were measured
 * (`npm run tool -- calibrate`), and DeepFace's where nobody has.
 */
export const cards: readonly RecogniserCard[] = all.map((card) =>
  ({ ...card, calibration: { native: published(card.name), ...calibrations[card.name], deepface: published(card.name) } }))
