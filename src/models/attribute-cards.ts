import type { Action, Pipeline } from '../names.ts'

/** Name of the card that answers an action of `analyze`, by pipeline. */
const CARDS: Readonly<Record<Pipeline, Readonly<Record<Action, string>>>> = {
  native: { age: 'age-gender', gender: 'age-gender', emotion: 'emotion', race: 'race' },
  deepface: { age: 'DeepFace-Age', gender: 'DeepFace-Gender', emotion: 'DeepFace-Emotion', race: 'DeepFace-Race' }
}

/** Names of the cards that answer `actions` in `pipeline`, each once; those of all actions by default. */
export const attributeCards = (pipeline: Pipeline, actions = Object.keys(CARDS[pipeline]) as readonly Action[]): string[] =>
  [...new Set(actions.map((action) => CARDS[pipeline][action]))]
