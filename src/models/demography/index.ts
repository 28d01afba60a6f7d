import type { AttributeForms, Family } from '../family.ts'
import { runCrops, toLetterbox } from '../framing.ts'
import type { Attributes } from '../model.ts'
import { EMOTIONS, GENDERS, RACES } from '../../names.ts'
import { asDeepface, emotionAsDeepface } from './deepface.ts'
import { EMOTION_SIDE, SIDE } from './sides.ts'

type Read = (softmax: Float32Array) => Attributes

/** One of DeepFace's networks: the upright box in black, in; a softmax, out. */
const family = (read: Read, side = SIDE, deepface = asDeepface): Family<AttributeForms> => async (parts, card) => {
  const session = await parts.session()
  return {
    native: {
      describe: (picture, faces, framing) => runCrops(
        session,
        picture,
        faces.map((face) => toLetterbox(face, [side, side], framing)),
        { width: side, height: side, outside: 'black', grey: side === EMOTION_SIDE },
        (outputs) => read(outputs.only())
      ),
      close: session.close
    },
    deepface: deepface(session, card, read)
  }
}

/** The softmax by name, in percent. */
const scores = <Key extends string>(names: readonly Key[], softmax: Float32Array): Record<Key, number> => {
  const sum = softmax.reduce((total, p) => total + p, 0)
  return Object.fromEntries(names.map((name, i) => [name, 100 * softmax[i]! / sum])) as Record<Key, number>
}

/** Ages 0 to 100; the expected one, in years, as DeepFace cuts it off to a whole number. */
export const deepfaceAge = family((softmax) => ({ age: Math.trunc(softmax.reduce((sum, p, age) => sum + p * age, 0)) }))

export const deepfaceGender = family((softmax) => ({ gender: scores(GENDERS, softmax) }))

export const deepfaceRace = family((softmax) => ({ race: scores(RACES, softmax) }))

/** Grey, 48 pixels a side. */
export const deepfaceEmotion = family((softmax) => ({ emotion: scores(EMOTIONS, softmax) }), EMOTION_SIDE, emotionAsDeepface)
