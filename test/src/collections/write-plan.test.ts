import t from 'tap'
import type { Change } from '../../../src/collections/contract.ts'
import { type Known, planOf } from '../../../src/collections/write-plan.ts'

const NOTHING: Known = { subjects: new Map(), faces: new Map() }
const ANN: Known = { subjects: new Map([['ann', 1]]), faces: new Map([['f', { key: 5, subject: 1 }], ['g', { key: 6, subject: 1 }]]) }
const embedding = new Float32Array(1)
const put = (subject: string, id: string): Change => ({ kind: 'put-face', face: { id, subject, embedding, details: {} } })

function plan (changes: readonly Change[], known = NOTHING) {
  let [subject, face] = [10, 20]
  return planOf(changes, known, 100, { subject: () => subject++, face: () => face++ })
}

t.test('every row is written once, as it is after the last change, under numbers that grow', async (t) => {
  const { seq, subjects, faces } = plan([{ kind: 'put-subject', when: 'new', id: 'bob', metadata: { a: 1 } }, put('bob', 'x'), { kind: 'put-subject', when: 'any', id: 'bob', name: 'Bob' }, put('bob', 'x')])
  t.equal(seq, 104)
  t.strictSame(subjects, [{ key: 10, seq: 103, isNew: true, id: 'bob', name: 'Bob', metadata: { a: 1 } }])
  t.strictSame(faces, [{ key: 20, seq: 104, isNew: true, face: { id: 'x', subject: 10, embedding, details: {} } }])
})

t.test('a subject goes with its faces, also those of the same write, and may come again as another', async (t) => {
  const { subjects, faces } = plan([put('ann', 'h'), { kind: 'delete-subject', id: 'ann' }, { kind: 'put-subject', when: 'new', id: 'ann' }, put('ann', 'f')], ANN)
  t.strictSame(subjects.map(({ key, id, isNew }) => [key, id, isNew]), [[1, null, false], [10, 'ann', true]])
  t.strictSame(faces.map(({ key, face, isNew }) => [key, face?.subject, isNew]), [[5, undefined, false], [6, undefined, false], [21, 10, true]])
})

t.test('what only touches a subject changes nothing, and takes no number', async (t) => {
  t.match(plan([{ kind: 'put-subject', when: 'any', id: 'ann' }], ANN), { seq: 100, subjects: [], faces: [] })
})

t.test('what cannot be done is refused', async (t) => {
  for (const [change, code] of [
    [{ kind: 'put-subject', when: 'new', id: 'ann' }, 'conflict'], [{ kind: 'put-subject', when: 'exists', id: 'bob' }, 'not_found'], [{ kind: 'delete-subject', id: 'bob' }, 'not_found'],
    [put('bob', 'x'), 'not_found'], [{ kind: 'delete-face', subject: 'ann', id: 'x' }, 'not_found'], [{ kind: 'delete-face', subject: 'bob', id: 'f' }, 'not_found']
  ] as const) t.throws(() => plan([change], ANN), { code }, JSON.stringify(change))
  t.throws(() => plan([{ kind: 'put-subject', when: 'new', id: 'bob' }, put('bob', 'f')], ANN), { code: 'conflict' })
})
