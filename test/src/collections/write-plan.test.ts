import t from 'tap'
import { type Change, MOST_CHANGES } from '../../../src/collections/contract.ts'
import { type Known, planOf, referencesOf } from '../../../src/collections/write-plan.ts'

const NOTHING: Known = { subjects: new Map(), faces: new Map() }
const ANN: Known = {
  subjects: new Map([['ann', 1]]),
  faces: new Map([['f', { key: 5, subject: 1 }], ['g', { key: 6, subject: 1 }]])
}
const embedding = new Float32Array(1)
const put = (subject: string, id: string): Change => ({ kind: 'put-face', face: { id, subject, embedding, details: {} } })

function plan (changes: readonly Change[], known = NOTHING) {
  let [subject, face] = [10, 20]
  return planOf(changes, known, 100, { subject: () => subject++, face: () => face++ })
}

t.test('a plan has every row once, in its state after the last change, with increasing numbers', async (t) => {
  const { seq, subjects, faces } = plan([
    { kind: 'put-subject', when: 'new', id: 'bob', metadata: { a: 1 } }, put('bob', 'x'),
    { kind: 'put-subject', when: 'any', id: 'bob', name: 'Bob' }, put('bob', 'x')
  ])
  t.equal(seq, 104)
  t.strictSame(subjects, [{ key: 10, seq: 103, isNew: true, id: 'bob', name: 'Bob', metadata: { a: 1 } }])
  t.strictSame(faces, [{ key: 20, seq: 104, isNew: true, face: { id: 'x', subject: 10, embedding, details: {} } }])
})

t.test('a subject is deleted with its faces, also those of the same write, and its id may be used again', async (t) => {
  const { subjects, faces } = plan([
    put('ann', 'h'), { kind: 'delete-subject', id: 'ann' }, { kind: 'put-subject', when: 'new', id: 'ann' }, put('ann', 'f')
  ], ANN)
  t.strictSame(subjects.map(({ key, id, isNew }) => [key, id, isNew]), [[1, null, false], [10, 'ann', true]])
  t.strictSame(faces.map(({ key, face, isNew }) => [key, face?.subject, isNew]), [[5, undefined, false], [6, undefined, false], [21, 10, true]])
})

t.test('a put-subject without fields changes nothing of an existing subject, and takes no number', async (t) => {
  t.match(plan([{ kind: 'put-subject', when: 'any', id: 'ann' }], ANN), { seq: 100, subjects: [], faces: [] })
})

t.test('a row that is created and deleted within the write is not in the plan, and needs no tombstone', async (t) => {
  const { seq, subjects, faces } = plan([
    put('ann', 'h'), { kind: 'delete-face', subject: 'ann', id: 'h' },
    { kind: 'put-subject', when: 'new', id: 'bob' }, put('bob', 'x'), { kind: 'delete-subject', id: 'bob' }
  ], ANN)
  t.strictSame([seq, subjects, faces], [103, [], []])
})

t.test('a change of what does not exist is not_found, and one against an existing row is a conflict', async (t) => {
  for (const [change, code] of [
    [{ kind: 'put-subject', when: 'new', id: 'ann' }, 'conflict'],
    [{ kind: 'put-subject', when: 'exists', id: 'bob' }, 'not_found'],
    [{ kind: 'delete-subject', id: 'bob' }, 'not_found'],
    [put('bob', 'x'), 'not_found'],
    [{ kind: 'delete-face', subject: 'ann', id: 'x' }, 'not_found'],
    [{ kind: 'delete-face', subject: 'bob', id: 'f' }, 'not_found']
  ] as const) t.throws(() => plan([change], ANN), { code }, JSON.stringify(change))
  t.throws(() => plan([{ kind: 'put-subject', when: 'new', id: 'bob' }, put('bob', 'f')], ANN), { code: 'conflict' })
})

t.test('the references of a write are the ids it names, of at most MOST_CHANGES changes', async (t) => {
  t.strictSame(referencesOf([{ kind: 'put-subject', when: 'any', id: 'bob' }, put('bob', 'x'), put('bob', 'y'), { kind: 'delete-face', subject: 'ann', id: 'f' }, { kind: 'delete-subject', id: 'ann' }]),
    { subjects: ['bob', 'ann'], faces: ['x', 'y', 'f'], deleted: ['ann'], newSubjects: 1, newFaces: 2 })
  t.throws(() => referencesOf(Array.from({ length: MOST_CHANGES + 1 }, () => put('bob', 'x'))), { code: 'validation_error' })
})
