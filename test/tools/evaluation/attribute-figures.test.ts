import t from 'tap'
import { EMOTIONS, type Emotion, GENDERS, type Gender, RACES, type Race } from '../../../src/names.ts'
import type { AnalyzedFace } from '../../../src/pipelines/contract.ts'
import { ageError, emotionsRight, equalClass, genderRight, type Judged, raceRight } from '../../../tools/evaluation/attribute-figures.ts'
import type { Person } from '../../../tools/evaluation/utkface.ts'

const scores = <Key extends string>(keys: readonly Key[], best: Key) =>
  Object.fromEntries(keys.map((key) => [key, key === best ? 60 : 5])) as Record<Key, number>
const place = { box: { x: 0, y: 0, w: 1, h: 1 }, landmarks: undefined, score: 1 }

/** A person with ground truth and prediction. */
const said = (truth: Person, age: number, gender: Gender, race: Race): Judged<Person> =>
  ({ truth, face: { ...place, age, gender: scores(GENDERS, gender), race: scores(RACES, race) } satisfies AnalyzedFace })

const people = [
  said({ age: 18, gender: 'Woman', race: 'white' }, 20, 'Woman', 'white'),
  said({ age: 70, gender: 'Man', race: 'black' }, 60, 'Woman', 'middle eastern'),
  said({ age: 17, gender: 'Man', race: undefined }, 47, 'Woman', 'latino hispanic'),
  said({ age: 71, gender: 'Man', race: 'indian' }, 71, 'Man', 'indian')
]

t.test('people', async (t) => {
  const adults = { from: 18, to: 70 }
  t.equal(ageError(people, adults), 6, 'both ends of the range are within')
  t.equal(ageError(people, { from: 0, to: 17 }), 30)
  t.ok(Number.isNaN(ageError(people, { from: 80, to: 90 })), 'of nobody it is unknown')
  t.equal(genderRight(people, adults), 0.5)
  t.equal(raceRight(people), 2 / 3, 'the class "other" is left out')
})

t.test('each emotion weighs the same', async (t) => {
  const face = (truth: Emotion, answer: Emotion): Judged<Emotion> => ({ truth, face: { ...place, emotion: scores(EMOTIONS, answer) } })
  const shares = emotionsRight([face('happy', 'happy'), face('happy', 'happy'), face('happy', 'sad'), face('sad', 'happy')])
  t.strictSame(shares, new Map([['happy', 2 / 3], ['sad', 0]]))
  t.equal(equalClass(shares), 1 / 3)
})
