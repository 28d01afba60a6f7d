import { EMOTIONS, GENDERS, RACES } from '../../names.ts'
import type { Attributes } from '../../pipelines/contract.ts'
import { toLetterbox } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'
import type { AttributesByPipeline, Family } from '../family.ts'
import { EMOTION_SIDE, SIDE } from './input-sides.ts'
import { tensorAttributes, emotionAsDeepface } from './tensor-attributes.ts'

/** Turns the softmax of one face into attributes. */
type Read = (softmax: Float32Array) => Attributes

/** The adapter of one of DeepFace's networks: it takes the upright box with black around it, and returns a softmax. */
const family = (read: Read, side = SIDE, deepface = tensorAttributes): Family<AttributesByPipeline> => async (files, card) => {
  const session = await files.session()
  return {
    native: {
      describe: (picture, faces, framing) => runCrops(
        session,
        picture,
        faces.map((face) => toLetterbox(face, [side, side], framing)),
        { width: side, height: side, outside: 'black', grey: side === EMOTION_SIDE },
        (outputs) => read(outputs.only())
      )
    },
    deepface: deepface(session, card, read)
  }
}

/** Scores by name, in percent. */
const scores = <Key extends string>(names: readonly Key[], softmax: Float32Array): Record<Key, number> => {
  const sum = softmax.reduce((total, p) => total + p, 0)
  return Object.fromEntries(names.map((name, i) => [name, 100 * softmax[i]! / sum])) as Record<Key, number>
}

/** One class a year, 0 to 100. The age is the expectation, truncated to whole years as DeepFace does. */
export const deepfaceAge = family((softmax) => ({ age: Math.trunc(softmax.reduce((sum, p, age) => sum + p * age, 0)) }))

export const deepfaceGender = family((softmax) => ({ gender: scores(GENDERS, softmax) }))

export const deepfaceRace = family((softmax) => ({ race: scores(RACES, softmax) }))

/** Takes grey pixels, 48 × 48. */
export const deepfaceEmotion = family((softmax) => ({ emotion: scores(EMOTIONS, softmax) }), EMOTION_SIDE, emotionAsDeepface)
