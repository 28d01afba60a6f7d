import type { Session } from '../../onnx/session.ts'
import { runCrops, toLetterbox } from '../framing.ts'
import type { AttributeModel, Attributes } from '../model.ts'
import { EMOTIONS, GENDERS, RACES } from '../names.ts'

/** Sides of the crops, in pixels: DeepFace 0.0.100 `modules/demography.py` and `models/demography/Emotion.py`. */
const SIDE = 224
const EMOTION_SIDE = 48

/** One of DeepFace's networks: the upright box in black, in; a softmax, out. */
const model = (side: number, grey: boolean, read: (softmax: Float32Array) => Attributes) => (session: Session): AttributeModel => ({
  describe: (picture, faces, framing) => runCrops(
    session,
    picture,
    faces.map((face) => toLetterbox(face, [side, side], framing)),
    { width: side, height: side, outside: 'black', grey },
    (outputs) => read(outputs.only())
  ),
  close: session.close
})

/** The softmax by name, in percent. */
const scores = <Key extends string>(names: readonly Key[], softmax: Float32Array): Record<Key, number> => {
  const sum = softmax.reduce((total, p) => total + p, 0)
  return Object.fromEntries(names.map((name, i) => [name, 100 * softmax[i]! / sum])) as Record<Key, number>
}

/** Ages 0 to 100; the expected one, in years, as DeepFace cuts it off to a whole number. */
export const deepfaceAge = model(SIDE, false, (softmax) => ({ age: Math.trunc(softmax.reduce((sum, p, age) => sum + p * age, 0)) }))

export const deepfaceGender = model(SIDE, false, (softmax) => ({ gender: scores(GENDERS, softmax) }))

export const deepfaceRace = model(SIDE, false, (softmax) => ({ race: scores(RACES, softmax) }))

/** Grey, 48 pixels a side. */
export const deepfaceEmotion = model(EMOTION_SIDE, true, (softmax) => ({ emotion: scores(EMOTIONS, softmax) }))
