import type { Session } from '../onnx/session.ts'
import type { Card, RecogniserCard } from './card.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './demography/index.ts'
import { emotion } from './emotion/index.ts'
import { faceres } from './faceres/index.ts'
import { gear } from './gear/index.ts'
import type { AttributeModel, Detector, Recogniser } from './model.ts'
import { retinaface } from './retinaface/index.ts'
import { recogniser } from './recognition/index.ts'

/** The adapter of each family: an open session and its card in, the contract out. One line a family. */
export const detectors: Readonly<Record<string, (session: Session, card: Card) => Detector>> = { retinaface }
export const recognisers: Readonly<Record<string, (session: Session, card: RecogniserCard) => Recogniser>> = { recognition: recogniser }
export const attributes: Readonly<Record<string, (session: Session, card: Card) => AttributeModel>> = {
  faceres,
  gear,
  emotion,
  'deepface-age': deepfaceAge,
  'deepface-gender': deepfaceGender,
  'deepface-race': deepfaceRace,
  'deepface-emotion': deepfaceEmotion
}
