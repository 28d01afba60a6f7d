import type { RecogniserCard } from '../card.ts'
import { buffalo } from './buffalo.ts'
import { dlib } from './dlib.ts'
import { facenet512 } from './facenet512.ts'
import { cards as keras } from './keras.ts'
import { sface } from './sface.ts'

/** Every recogniser. */
export const cards: readonly RecogniserCard[] = [sface, facenet512, dlib, ...keras, buffalo]
