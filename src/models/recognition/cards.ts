import type { RecogniserCard, UncalibratedCard } from '../card.ts'
import { buffalo } from './buffalo-card.ts'
import { calibrations } from './calibration.ts'
import { dlib } from './dlib-card.ts'
import { facenet512 } from './facenet512-card.ts'
import { cards as keras } from './keras-cards.ts'
import { published } from './published-thresholds.ts'
import { sface } from './sface-card.ts'

/**
 * `card` with its thresholds: in the deepface pipeline DeepFace's own, where DeepFace has the model; in the native one those that were
 * `measured` (`npm run tool -- calibrate`), with another kind of landmarks where it must be, otherwise DeepFace's. A new recogniser that
 * DeepFace lacks has none until it is calibrated.
 */
export function calibrated<Uncalibrated extends UncalibratedCard> (card: Uncalibrated, measured = calibrations[card.name]): Uncalibrated & Pick<RecogniserCard, 'calibration'> {
  const own = published(card.name)
  const mesh = measured?.mesh ?? measured?.detector ?? own
  const detector = measured?.detector ?? measured?.mesh ?? own
  return { ...card, calibration: { ...mesh && { mesh }, ...detector && { detector }, ...own && { deepface: own } } }
}

/** Every recogniser. */
export const cards = [sface, facenet512, dlib, ...keras, buffalo].map((card) => calibrated(card))
