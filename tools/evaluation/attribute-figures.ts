import { dominant } from '../../src/match/dominant.ts'
import { EMOTIONS, type Emotion } from '../../src/names.ts'
import type { AnalyzedFace } from '../../src/pipelines/contract.ts'
import type { Person } from './utkface.ts'

/** A range of ages in years, both ends included. */
export interface Ages {
  readonly from: number
  readonly to: number
}

/** Age range in which age and gender are scored: models do poorly on children, and the data sets hold few very old people. */
export const ADULT: Ages = { from: 18, to: 70 }

/** The ground truth of a photo and the prediction for it. */
export interface Judged<Truth> {
  readonly truth: Truth
  readonly face: AnalyzedFace
}

/** Mean absolute error of the predicted age, in years, over the `people` in this age range; NaN when there are none. */
export const ageError = (people: ReadonlyArray<Judged<Person>>, ages: Ages): number =>
  mean(within(people, ages).map(({ truth, face }) => Math.abs(face.age! - truth.age)))

/** Share of the `people` in this age range whose gender is predicted correctly. */
export const genderRight = (people: ReadonlyArray<Judged<Person>>, ages: Ages): number =>
  mean(within(people, ages).map(({ truth, face }) => right(dominant(face.gender!), truth.gender)))

/**
 * Share of `people` whose race is predicted correctly. UTKFace's class "other" is left out; a prediction outside the four classes is
 * wrong.
 */
export const raceRight = (people: ReadonlyArray<Judged<Person>>): number =>
  mean(people.filter(({ truth }) => truth.race !== undefined).map(({ truth, face }) => right(dominant(face.race!), truth.race!)))

/** Recall of each emotion that occurs in `faces`. */
export function emotionsRight (faces: ReadonlyArray<Judged<Emotion>>): ReadonlyMap<Emotion, number> {
  return new Map(EMOTIONS.flatMap((emotion) => {
    const shown = faces.filter(({ truth }) => truth === emotion)
    return shown.length === 0 ? [] : [[emotion, mean(shown.map(({ face }) => right(dominant(face.emotion!), emotion)))]]
  }))
}

/** Mean of the shares: each class counts the same, however many photos it has. */
export const equalClass = (shares: ReadonlyMap<unknown, number>): number => mean([...shares.values()])

const within = (people: ReadonlyArray<Judged<Person>>, { from, to }: Ages): ReadonlyArray<Judged<Person>> =>
  people.filter(({ truth: { age } }) => age >= from && age <= to)

const right = (said: string, truth: string): number => said === truth ? 1 : 0

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
