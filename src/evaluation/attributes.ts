import type { AnalyzedFace } from '../engine/engine.ts'
import { dominant } from '../match/dominant.ts'
import { EMOTIONS, type Emotion } from '../models/names.ts'
import type { Person } from './utkface.ts'

/** A range of ages in years, both ends within. */
export interface Ages {
  readonly from: number
  readonly to: number
}

/** Ages at which age and gender are told: children are judged poorly, and the very old are few. */
export const ADULT: Ages = { from: 18, to: 70 }

/** What a photo shows, and what was said about it. */
export interface Judged<Truth> {
  readonly truth: Truth
  readonly face: AnalyzedFace
}

/** Years between the age that was said and the true one, in the mean, of `people` of these ages; NaN when there are none. */
export const ageError = (people: ReadonlyArray<Judged<Person>>, ages: Ages): number =>
  mean(within(people, ages).map(({ truth, face }) => Math.abs(face.age! - truth.age)))

/** Share of `people` of these ages whose gender was said rightly. */
export const genderRight = (people: ReadonlyArray<Judged<Person>>, ages: Ages): number =>
  mean(within(people, ages).map(({ truth, face }) => right(dominant(face.gender!), truth.gender)))

/** Share of `people` whose race was said rightly; UTKFace's class "other" is left out, an answer outside the four classes is wrong. */
export const raceRight = (people: ReadonlyArray<Judged<Person>>): number =>
  mean(people.filter(({ truth }) => truth.race !== undefined).map(({ truth, face }) => right(dominant(face.race!), truth.race!)))

/** Share of faces whose emotion was said rightly, by emotion, of those that were shown. */
export function emotionsRight (faces: ReadonlyArray<Judged<Emotion>>): ReadonlyMap<Emotion, number> {
  return new Map(EMOTIONS.flatMap((emotion) => {
    const shown = faces.filter(({ truth }) => truth === emotion)
    return shown.length === 0 ? [] : [[emotion, mean(shown.map(({ face }) => right(dominant(face.emotion!), emotion)))]]
  }))
}

/** The mean of the shares: each class weighs the same, however many photos it has. */
export const equalClass = (shares: ReadonlyMap<unknown, number>): number => mean([...shares.values()])

const within = (people: ReadonlyArray<Judged<Person>>, { from, to }: Ages): ReadonlyArray<Judged<Person>> =>
  people.filter(({ truth: { age } }) => age >= from && age <= to)

const right = (said: string, truth: string): number => said === truth ? 1 : 0

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
