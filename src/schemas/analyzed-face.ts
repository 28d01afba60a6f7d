import { Type } from '@sinclair/typebox'
import { dominant } from '../match/dominant.ts'
import { EMOTIONS, GENDERS, RACES } from '../names.ts'
import type { AnalyzedFace, Scores } from '../pipelines/contract.ts'
import { confidenceOfFace, FacialArea, facialArea } from './face.ts'
import { livenessFields, livenessOf } from './liveness.ts'
import { oneOf } from './parameters.ts'
import { traitFields } from './traits.ts'

/** Percentages by name. */
const scores = <Key extends string>(keys: readonly Key[]) =>
  Type.Unsafe<Scores<Key>>(Type.Object(Object.fromEntries(keys.map((key) => [key, Type.Number()])), { description: 'Percentages that sum to 100.' }))

export const AnalyzedFaceSchema = Type.Object({
  age: Type.Optional(Type.Integer({ description: 'Years.' })),
  gender: Type.Optional(scores(GENDERS)),
  dominant_gender: Type.Optional(oneOf(GENDERS, { title: 'GenderLabel' })),
  emotion: Type.Optional(scores(EMOTIONS)),
  dominant_emotion: Type.Optional(oneOf(EMOTIONS, { title: 'EmotionLabel' })),
  race: Type.Optional(scores(RACES)),
  dominant_race: Type.Optional(oneOf(RACES, { title: 'RaceLabel' })),
  region: FacialArea,
  face_confidence: confidenceOfFace,
  ...livenessFields,
  ...traitFields
}, { title: 'AnalyzedFace' })

/** Maps an analysed face to a response of /api/v1/analyze or DeepFace's /analyze. */
export const asAnalyzedFace = (face: AnalyzedFace) => ({
  // A whole number, as in DeepFace and the reference service: clients may read it into an integer, and a year is far below the error.
  ...(face.age !== undefined && { age: Math.round(face.age) }),
  ...(face.gender && { gender: face.gender, dominant_gender: dominant(face.gender) }),
  ...(face.emotion && { emotion: face.emotion, dominant_emotion: dominant(face.emotion) }),
  ...(face.race && { race: face.race, dominant_race: dominant(face.race) }),
  region: facialArea(face),
  face_confidence: face.score,
  ...livenessOf(face)
})
