import type { RecogniserCard } from '../card.ts'
import { buffalo } from './buffalo.ts'
import { dlib } from './dlib.ts'
import { facenet512 } from './facenet512.ts'
import { cards as keras } from './keras.ts'
import { published } from './published.ts'
import { sface } from './sface.ts'

const all: readonly RecogniserCard[] = [sface, facenet512, dlib, ...keras, buffalo]

/** Every recogniser. In the deepface pipeline each has DeepFace's own thresholds. */
export const cards: readonly RecogniserCard[] = all.map((card) => ({ ...card, calibration: { ...card.calibration, deepface: published(card.name) } }))
