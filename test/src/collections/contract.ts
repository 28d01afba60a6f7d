import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { averageRule } from '../../../src/collections/clusters/join-rule.ts'
import type { GroupShifts } from '../../../src/match/group-shift.ts'
import { type Change, type Collections, MOST_CHANGES, type NewCollection, type Paged, type RecordStore, type SearchQuery } from '../../../src/collections/contract.ts'

/** Number of values of the vectors of these tests. */
const LENGTH = 8

const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: LENGTH } as const

/** A name that no other test uses: the store may be a shared server. */
const unique = (name: string): string => `${name}-${randomUUID()}`

/** A vector in direction `i`, plus `share` in direction `j`. */
export function vector (i: number, j = i, share = 0): Float32Array {
  const values = new Float32Array(LENGTH)
  values[i] = 1
  values[j]! += share
  return values
}

export const face = (subject: string, embedding: Float32Array, id: string = randomUUID()): Change =>
  ({ kind: 'put-face', face: { id, subject, embedding, details: {} } })
export const subject = (id: string, metadata = {}): Change => ({ kind: 'put-subject', when: 'any', id, metadata })
const all = (limit = 100) => ({ limit })
const ids = ({ items }: Paged<{ id: string }>): string[] => items.map(({ id }) => id)

/** Access to one store. Each `open` is another instance on the same data, as another process would have it. */
export interface Place {
  readonly open: () => Promise<Collections>
  /** A version that no write has reached. */
  readonly future?: string
  /** False when the engine of the store searches approximately. */
  readonly isExact?: boolean
  /** For a server that makes each call wait: number of claims tested at once, of writes at once, and of writes one after another. */
  readonly jobs?: number
  readonly writers?: number
  readonly rounds?: number
}

/** The version that includes all these writes. */
const latest = (written: ReadonlyArray<{ version: string }>): string => String(Math.max(...written.map(({ version }) => Number(version))))

/** Tests that hold for all collections, whichever store they use. `t` closes the instances. */
export async function collectionsContract (t: Test, placeOf: (t: Test) => Promise<Place> | Place): Promise<void> {
  const place = await placeOf(t)
  t.jobs = place.jobs ?? 1
  const claim = (title: string, work: (t: Test) => Promise<void>) => t.test(title, { buffered: t.jobs > 1 }, work)
  const open = async (): Promise<Collections> => {
    const collections = await place.open()
    t.teardown(() => collections.close())
    return collections
  }
  const collections = await open()
  const collection = async (options: Partial<NewCollection> = {}): Promise<string> =>
    (await collections.createCollection({ ...SETTINGS, id: unique('c'), storePhotos: false, ...options })).collection.id

  claim('a collection is created once, returned as it was created, and dropped with everything in it', async (t) => {
    const id = unique('people')
    const { collection: made } = await collections.createCollection({ ...SETTINGS, id, storePhotos: true })
    t.match(made, { ...SETTINGS, id, storePhotos: true, createdAt: /^\d{4}-\d\d-\d\dT/ })
    t.match(await collections.collection(id), { ...SETTINGS, id, storePhotos: true, version: made.version })
    await t.rejects(collections.createCollection({ ...SETTINGS, id, storePhotos: true }), { code: 'conflict' })
    await collections.write(id, [subject('ann'), face('ann', vector(0))])
    await collections.dropCollection(id)
    t.equal(await collections.collection(id), undefined)
    await collections.createCollection({ ...SETTINGS, id, storePhotos: false })
    t.strictSame(await collections.counts(id), { subjects: 0, faces: 0 })
    t.strictSame((await collections.search(id, { vector: vector(0), k: 9 })).hits, [], 'nothing is left of the previous one')
  })

  claim('collections are listed in pages', async (t) => {
    const made = [await collection(), await collection(), await collection()]
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page: Awaited<ReturnType<Collections['list']>> = await collections.list({ limit: 2, cursor })
      t.ok(page.items.length <= 2)
      seen.push(...ids(page))
      cursor = page.next
    } while (cursor !== undefined)
    t.strictSame(seen.filter((id) => made.includes(id)), made)
    await t.rejects(collections.list({ limit: 2, cursor: 'nonsense' }), { code: 'validation_error', fields: [{ field: 'cursor' }] })
  })

  claim('an operation on what does not exist is not_found', async (t) => {
    const id = await collection()
    const missing = unique('none')
    for (const asked of [
      () => collections.counts(missing),
      () => collections.write(missing, []),
      () => collections.subject(missing, 'a'),
      () => collections.subjects(missing, all()),
      () => collections.faces(missing, 'a', all()),
      () => collections.photo(missing, 'a', 'f'),
      () => collections.dropCollection(missing),
      () => collections.search(missing, { vector: vector(0), k: 1 }),
      () => collections.cluster(missing, { ruleOf: (count) => averageRule(0.5, count), signal: new AbortController().signal, onProgress: () => {} }),
      () => collections.named(missing, [1]),
      () => collections.faces(id, 'nobody', all()),
      () => collections.write(id, [face('nobody', vector(0))]),
      () => collections.write(id, [{ kind: 'delete-subject', id: 'nobody' }]),
      () => collections.write(id, [{ kind: 'put-subject', when: 'exists', id: 'nobody', name: 'x' }]),
      () => collections.write(id, [{ kind: 'delete-face', subject: 'nobody', id: 'f' }])
    ]) await t.rejects(async () => { await asked() }, { code: 'not_found' }, String(asked))
    t.equal(await collections.subject(id, 'nobody'), undefined)
  })

  claim('subjects are created, changed, listed and deleted', async (t) => {
    const id = await collection()
    await collections.write(id, [{ kind: 'put-subject', when: 'new', id: 'ann', name: 'Ann Ä.', metadata: { team: 'red', tags: ['x'], deep: { y: null } } }])
    t.match(await collections.subject(id, 'ann'), { id: 'ann', name: 'Ann Ä.', metadata: { team: 'red', tags: ['x'], deep: { y: null } }, faces: 0 })
    await t.rejects(collections.write(id, [{ kind: 'put-subject', when: 'new', id: 'ann' }]), { code: 'conflict' })
    await collections.write(id, [{ kind: 'put-subject', when: 'exists', id: 'ann', metadata: { team: 'blue' } }])
    t.match(await collections.subject(id, 'ann'), { name: 'Ann Ä.', metadata: { team: 'blue' } }, 'a field that is left out stays')
    t.strictSame((await collections.subject(id, 'ann'))!.metadata, { team: 'blue' }, 'metadata is replaced as a whole')
    await collections.write(id, ['bob', 'cec', 'dan'].map((each) => subject(each)))
    const first = await collections.subjects(id, { limit: 3 })
    t.strictSame(ids(first), ['ann', 'bob', 'cec'])
    await collections.write(id, [{ kind: 'delete-subject', id: 'bob' }])
    const second = await collections.subjects(id, { limit: 3, cursor: first.next })
    t.strictSame([ids(second), second.next], [['dan'], undefined])
    t.strictSame(await collections.counts(id), { subjects: 3, faces: 0 })
  })

  claim('the rules of a collection change, and nothing else of it', async (t) => {
    const id = await collection({ falseAlarms: 0.02 })
    await collections.write(id, [subject('ann'), face('ann', vector(1), 'f1')])
    const before = await collections.collection(id)
    t.match(before, { falseAlarms: 0.02, threshold: undefined })
    t.strictSame(await collections.updateCollection(id, { falseAlarms: 'off', threshold: 0.5 }), { ...before, falseAlarms: 'off', threshold: 0.5 })
    t.strictSame(await collections.collection(id), { ...before, falseAlarms: 'off', threshold: 0.5 })
    t.match(await collections.updateCollection(id, {}), { falseAlarms: 'off', threshold: 0.5 })
    await collections.write(id, [face('ann', vector(2), 'f2')])
    const { falseAlarms: _, ...without } = (await collections.collection(id))!
    t.strictSame(await collections.updateCollection(id, { falseAlarms: null }), without)
    t.equal((await collections.search(id, { vector: vector(2), k: 1 })).hits[0]?.face, 'f2')
    await t.rejects(collections.updateCollection(unique('none'), { threshold: 1 }), { code: 'not_found' })
  })

  claim('faces keep their vectors to the last bit, are replaced by their id, and stay with one subject', async (t) => {
    const id = await collection()
    const odd = Float32Array.from({ length: LENGTH }, (_, i) => Math.fround(Math.PI * (i - 3) * 1e-3 ** i))
    const details = { box: { x: 1, y: 2, w: 3, h: 4 }, score: 0.5, age: 8.5, yaw: -41.25 }
    const first: Change = { kind: 'put-face', face: { id: 'f1', subject: 'ann', embedding: odd, details } }
    await collections.write(id, [subject('ann'), subject('bob'), first, face('ann', vector(1), 'f2')])
    const { items: [one] } = await collections.faces(id, 'ann', all(1))
    t.match(one, { id: 'f1', subject: 'ann', details, hasPhoto: false })
    t.strictSame(Array.from(one!.embedding), Array.from(odd))
    t.match((await collections.search(id, { vector: odd, k: 1, minScore: 0.99 })).hits, [{ face: 'f1', details: { age: 8.5, yaw: -41.25 } }])
    await collections.write(id, [face('ann', vector(2), 'f1')])
    t.strictSame((await collections.search(id, { vector: odd, k: 1, minScore: 0.99 })).hits, [])
    t.match((await collections.search(id, { vector: vector(2), k: 1 })).hits, [{ face: 'f1', subject: 'ann', score: 1 }])
    await t.rejects(collections.write(id, [face('bob', vector(2), 'f1')]), { code: 'conflict' })
    await t.rejects(collections.write(id, [{ kind: 'delete-face', subject: 'bob', id: 'f1' }]), { code: 'not_found' })
    await collections.write(id, [{ kind: 'delete-face', subject: 'ann', id: 'f1' }])
    t.strictSame(ids(await collections.faces(id, 'ann', all())), ['f2'])
    t.strictSame((await collections.search(id, { vector: vector(2), k: 5, minScore: 0.5 })).hits, [])
    t.equal((await collections.subject(id, 'ann'))!.faces, 1)
  })

  claim('all faces are grouped by person, and named while they are there', async (t) => {
    const id = await collection()
    const shares: number[] = []
    const onProgress = (share: number): void => { shares.push(share) }
    const options = { ruleOf: (count: number) => averageRule(0.5, count), signal: new AbortController().signal, onProgress }
    t.match(await collections.cluster(id, options), { keys: { length: 0 }, numbers: { length: 0 } })
    await collections.write(id, [subject('ann'), subject('bob'), face('ann', vector(0), 'f1'), face('bob', vector(1), 'f2'), face('ann', vector(0, 2, 0.1), 'f3')])
    await collections.write(id, [face('bob', vector(4), 'f4'), face('bob', vector(5), 'f5')])
    const { version } = await collections.write(id, [{ kind: 'delete-face', subject: 'bob', id: 'f4' }, face('bob', vector(0, 3, 0.1), 'f5')])
    const { keys, numbers, asOf } = await collections.cluster(id, options)
    t.ok(Number(asOf) >= Number(version))
    const named = async (): Promise<Array<[string, string, number]>> => (await collections.named(id, [...keys])).map(({ key, face, subject }) =>
      [face, subject, numbers[keys.indexOf(key)]!] as [string, string, number]).sort()
    t.strictSame(await named(), [['f1', 'ann', 0], ['f2', 'bob', 1], ['f3', 'ann', 0], ['f5', 'bob', 0]])
    t.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0) || share === 0) && shares.at(-1)! <= 1, 'progress only grows')
    await collections.write(id, [{ kind: 'delete-subject', id: 'ann' }])
    t.strictSame((await named()).map(([face]) => face), ['f2', 'f5'])
    await t.rejects(collections.cluster(id, { ...options, signal: AbortSignal.abort(new Error('gone')) }), { message: 'gone' })
  })

  claim('young faces are grouped only where they are more alike, those whose age is not known as adults', async (t) => {
    const id = await collection()
    const aged = (owner: string, id: string, embedding: Float32Array, age?: number): Change =>
      ({ kind: 'put-face', face: { id, subject: owner, embedding, details: age === undefined ? {} : { age } } })
    await collections.write(id, [
      subject('ann'), aged('ann', 'child', vector(0), 5), aged('ann', 'other child', vector(0, 2, 0.5), 7), aged('ann', 'same child', vector(0, 3, 0.1), 5),
      aged('ann', 'adult', vector(1), 40), aged('ann', 'same adult', vector(1, 4, 0.5), 41), aged('ann', 'unknown', vector(1, 5, 0.5))
    ])
    const options = { ruleOf: (count: number) => averageRule(0.7, count), signal: new AbortController().signal, onProgress: () => {} }
    const groups = async (shifts?: GroupShifts): Promise<number[]> => {
      const { keys, numbers } = await collections.cluster(id, { ...options, shifts })
      const byName = new Map((await collections.named(id, [...keys])).map(({ key, face }) => [face, numbers[keys.indexOf(key)]!]))
      return ['child', 'other child', 'same child', 'adult', 'same adult', 'unknown'].map((face) => byName.get(face)!)
    }
    t.strictSame(await groups(), [0, 0, 0, 1, 1, 1])
    t.strictSame(await groups({ young: { below: 25, perYear: 0.012 } }), [0, 1, 0, 2, 2, 2])
  })

  claim('a write that is refused changes nothing', async (t) => {
    const id = await collection()
    const before = (await collections.collection(id))!.version
    await t.rejects(collections.write(id, [subject('ann'), face('ann', vector(0)), face('nobody', vector(1))]), { code: 'not_found' })
    t.strictSame(await collections.counts(id), { subjects: 0, faces: 0 })
    t.equal((await collections.collection(id))!.version, before)
    t.strictSame((await collections.search(id, { vector: vector(0), k: 1 })).hits, [])
  })

  claim('the changes of a write see each other, and a row that it both creates and deletes leaves no trace', async (t) => {
    const id = await collection({ storePhotos: true })
    const put = (name: string, owner: string, at: number): Change =>
      ({ kind: 'put-face', face: { id: name, subject: owner, embedding: vector(at), details: {}, photo: Buffer.from(name) } })
    await collections.write(id, [subject('ann', { team: 'red' }), put('old', 'ann', 0)])
    const { version } = await collections.write(id, [
      put('brief', 'ann', 1), { kind: 'delete-face', subject: 'ann', id: 'brief' },
      subject('bob'), put('b', 'bob', 2), { kind: 'delete-subject', id: 'bob' },
      { kind: 'delete-subject', id: 'ann' }, subject('ann', { team: 'blue' }), put('old', 'ann', 3), put('old', 'ann', 4), subject('ann', { team: 'green' })
    ])
    t.strictSame(await collections.counts(id), { subjects: 1, faces: 1 })
    t.match(await collections.subject(id, 'ann'), { metadata: { team: 'green' }, faces: 1 })
    t.strictSame(ids(await collections.subjects(id, all())), ['ann'])
    t.strictSame((await collections.faces(id, 'ann', all())).items.map((each) => [each.id, ...each.embedding]), [['old', ...vector(4)]])
    t.equal(Buffer.from((await collections.photo(id, 'ann', 'old'))!).toString(), 'old')
    for (const each of [collections, await open()]) {
      t.match((await each.search(id, { vector: vector(4), k: 9, atLeast: version })).hits, [{ face: 'old', subject: 'ann', score: 1 }])
      t.equal((await each.search(id, { vector: vector(4), k: 9, atLeast: version, filter: { metadata: { team: 'green' } } })).hits.length, 1)
    }
    await t.rejects(collections.write(id, [put('x', 'ann', 0), { kind: 'delete-subject', id: 'ann' }, put('y', 'ann', 0)]), { code: 'not_found' })
    await t.rejects(collections.write(id, [subject('bob'), put('old', 'bob', 0)]), { code: 'conflict' })
    t.strictSame(await collections.counts(id), { subjects: 1, faces: 1 })
  })

  claim('a write has at most MOST_CHANGES changes; one with more is refused with a sentence, and changes nothing', async (t) => {
    const id = await collection()
    const changes = Array.from({ length: MOST_CHANGES }, (_, i) => subject('ann', { i }))
    await t.rejects(collections.write(id, [...changes, subject('bob')]), { code: 'validation_error', message: /At most 1000 .* these are 1001/ })
    t.strictSame(await collections.counts(id), { subjects: 0, faces: 0 })
    await collections.write(id, changes)
    t.match(await collections.subject(id, 'ann'), { metadata: { i: MOST_CHANGES - 1 } })
  })

  claim('a name is kept as it is, or refused; metadata keeps everything', async (t) => {
    const id = await collection()
    const refused = { 'a NUL character': 'a\0b', 'a first half of a pair': 'a\ud800', 'a second half of a pair': '\udc00b', 'halves in the wrong order': '\udc00\ud800', 'too many characters': '😀'.repeat(1025), 'far too many': 'a'.repeat(3000) }
    for (const [what, name] of Object.entries(refused)) {
      for (const when of ['any', 'new'] as const) {
        await t.rejects(collections.write(id, [{ kind: 'put-subject', when, id: 'ann', name }]), { code: 'validation_error', message: /name must (not )?have/ }, what)
      }
    }
    t.equal(await collections.subject(id, 'ann'), undefined)
    const kept = ['', ' a ', 'Zo\u00eb', 'Zoe\u0308', '\u1e9b\u0323', '\u00c5\u212b', '\n\t\r\x01\x1b\x7f\u0085', '\u202eabc\u2028', '\ufeffa\ufffe\uffff', '👩‍👩‍👧', '😀'.repeat(1024), '\u6f22'.repeat(1024), "'; DROP TABLE face; --", '%_\\"`$1?', '\\u0000', '{"a":1}']
    await collections.write(id, kept.map((name, i) => ({ kind: 'put-subject', when: 'new', id: `s${i}`, name, metadata: { [name]: name } })))
    const found = await Promise.all(kept.map((_, i) => collections.subject(id, `s${i}`)))
    t.strictSame(found.map((subject) => [subject?.name, subject?.metadata]), kept.map((name) => [name, { [name]: name }]))
    const odd = { 'a\ud800': '\udc00', prototype: { x: 1 } }
    await collections.write(id, [{ kind: 'put-subject', when: 'any', id: 'odd', metadata: odd }])
    t.strictSame((await collections.subject(id, 'odd'))?.metadata, odd)
    const metadata = { note: ['x', { y: 'a\0b' }], 'a\0b': 1 }
    await collections.write(id, [{ kind: 'put-subject', when: 'any', id: 'bob', metadata }])
    t.strictSame((await collections.subject(id, 'bob'))?.metadata, metadata)
    await collections.write(id, [{ kind: 'put-subject', when: 'any', id: 'ann', name: '\\u0000', metadata: { note: '\\u0000' } }])
    t.match(await collections.subject(id, 'ann'), { name: '\\u0000' }, 'a backslash and digits are none')
  })

  claim('a write under a key happens once', async (t) => {
    const id = await collection()
    const once = { key: unique('key'), fingerprint: 'a', answer: '{"x":1}' }
    t.equal(await collections.recall(once), undefined)
    const first = await collections.write(id, [subject('ann'), face('ann', vector(0))], once)
    t.equal(first.replayed, undefined)
    t.strictSame(await collections.recall(once), { answer: '{"x":1}', version: first.version })
    const again = await collections.write(id, [subject('ann'), face('ann', vector(0))], { ...once, answer: 'another' })
    t.strictSame([again.replayed, again.version], ['{"x":1}', first.version])
    t.strictSame(await collections.counts(id), { subjects: 1, faces: 1 })
    t.equal((await collections.search(id, { vector: vector(0), k: 5 })).hits.length, 1)
    await collections.write(id, [subject('ann'), face('ann', vector(0))], once)
    t.equal((await collections.search(id, { vector: vector(0), k: 5 })).hits.length, 1, 'searches work after a write that changed nothing')
    await t.rejects(collections.write(id, [subject('bob')], { ...once, fingerprint: 'b' }), { code: 'conflict' })
    await t.rejects(collections.recall({ ...once, fingerprint: 'b' }), { code: 'conflict' })
    const other = { ...once, key: unique('key') }
    await t.rejects(collections.write(id, [face('nobody', vector(0))], other), { code: 'not_found' })
    t.equal(await collections.recall(other), undefined, 'a write that failed may be tried again under its key')

    const made = { key: unique('key'), fingerprint: 'c', answer: '{}' }
    const settings = { ...SETTINGS, id: unique('once'), storePhotos: false }
    t.equal((await collections.createCollection(settings, made)).replayed, undefined)
    t.equal((await collections.createCollection(settings, made)).replayed, '{}')
  })

  claim('a search returns the k best at minScore or better, equal ones in order of enrolment', async (t) => {
    const id = await collection()
    await collections.write(id, [
      subject('ann'), subject('bob'),
      face('bob', vector(1), 'b1'), face('ann', vector(0), 'a1'), face('ann', vector(0, 1, 0.5), 'a2'),
      face('bob', vector(0), 'b2'), face('bob', vector(0).map((x) => -x), 'b3')
    ])
    const found = await collections.search(id, { vector: vector(0).map((x) => 3 * x), k: 9 })
    t.strictSame(found.hits.map((hit) => hit.face), ['a1', 'b2', 'a2', 'b1', 'b3'])
    t.strictSame(found.hits.map(({ score }) => Math.round(score * 1e6) / 1e6), [1, 1, 0.894427, 0, -1])
    t.equal(found.exact, place.isExact ?? true)
    t.strictSame((await collections.search(id, { vector: vector(0), k: 1 })).hits.map((hit) => hit.face), ['a1'])
    t.strictSame((await collections.search(id, { vector: vector(0), k: 9, minScore: 0.5 })).hits.map((hit) => hit.face), ['a1', 'b2', 'a2'])
    await t.rejects(collections.search(id, { vector: new Float32Array(LENGTH + 1), k: 1 }), { code: 'validation_error' })
  })

  claim('filters apply before ranking: a search returns the k best of the subjects that meet them', async (t) => {
    const id = await collection()
    const people = { ann: { team: 'red', age: 30, ok: true }, bob: { team: 'blue', age: 40, ok: false }, cec: { team: 'red', age: 50 }, dan: {} }
    const enrolled = Object.entries(people).flatMap(([name, metadata], i) => [subject(name, metadata), face(name, vector(0, i, i === 0 ? 0 : 0.1 * i))])
    await collections.write(id, enrolled)
    const found = async (filter: SearchQuery['filter']) =>
      (await collections.search(id, { vector: vector(0), k: 2, filter })).hits.map((hit) => hit.subject)
    t.strictSame(await found(undefined), ['ann', 'bob'])
    t.strictSame(await found({ metadata: { team: 'red' } }), ['ann', 'cec'])
    t.strictSame(await found({ metadata: { team: { in: ['blue', 'green'] } } }), ['bob'])
    t.strictSame(await found({ metadata: { age: { gte: 40 } } }), ['bob', 'cec'])
    t.strictSame(await found({ metadata: { age: { gte: 31, lte: 49 } } }), ['bob'])
    t.strictSame(await found({ metadata: { ok: false } }), ['bob'])
    t.strictSame(await found({ metadata: { team: 'red', age: { lte: 30 } } }), ['ann'], 'all must hold')
    t.strictSame(await found({ subjects: ['dan', 'cec', 'nobody'] }), ['cec', 'dan'])
    t.strictSame(await found({ subjects: [] }), [])
    t.strictSame(await found({ metadata: { toString: 'x' } }), [])
    await collections.write(id, [{ kind: 'put-subject', when: 'exists', id: 'dan', metadata: { team: 'red' } }])
    t.strictSame(await found({ metadata: { team: 'red' }, subjects: ['dan'] }), ['dan'], 'a change of the metadata is effective at once')
  })

  claim('nothing is left of a deleted subject', async (t) => {
    const id = await collection({ storePhotos: true })
    const put = (photo?: Uint8Array): Change => ({ kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(3), details: {}, ...(photo && { photo }) } })
    await collections.write(id, [subject('ann', { secret: 1 }), put(Buffer.from('a photo'))])
    t.equal(Buffer.from((await collections.photo(id, 'ann', 'f'))!).toString(), 'a photo')
    await collections.search(id, { vector: vector(3), k: 1 })
    await collections.write(id, [{ kind: 'delete-subject', id: 'ann' }])
    t.equal(await collections.subject(id, 'ann'), undefined)
    t.strictSame((await collections.search(id, { vector: vector(3), k: 1 })).hits, [])
    t.strictSame(await collections.counts(id), { subjects: 0, faces: 0 })
    await collections.write(id, [subject('ann'), put()])
    t.equal(await collections.photo(id, 'ann', 'f'), undefined, 'a new subject of the same id does not have its photos')
    t.strictSame((await collections.subject(id, 'ann'))!.metadata, {})
  })

  claim('only collections that store photos keep them', async (t) => {
    const id = await collection()
    const photo = Buffer.from('a photo')
    await collections.write(id, [subject('ann'), { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(0), details: {}, photo } }])
    t.equal(await collections.photo(id, 'ann', 'f'), undefined)
    t.equal((await collections.faces(id, 'ann', all())).items[0]!.hasPhoto, false)
  })

  claim('another instance finds an acknowledged write when it asks for its version', async (t) => {
    const id = await collection()
    const other = await open()
    await collections.write(id, [subject('ann')])
    for (let i = 0; i < (place.rounds ?? 20); i++) {
      const { version } = await collections.write(id, [face('ann', vector(i % LENGTH, (i + 1) % LENGTH, i / 20), `f${i}`)])
      const { hits } = await other.search(id, { vector: vector(i % LENGTH, (i + 1) % LENGTH, i / 20), k: 1, atLeast: version })
      t.match(hits, [{ face: `f${i}` }])
    }
    await t.rejects(other.search(id, { vector: vector(0), k: 1, atLeast: place.future ?? '999999' }), { code: 'service_unavailable' })
    await t.rejects(other.search(id, { vector: vector(0), k: 1, atLeast: 'x' }), { code: 'validation_error' })
  })

  claim('a search returns Euclidean distances when they are asked for', async (t) => {
    const id = await collection()
    const scaled = (i: number, scale: number): Float32Array => vector(i).map((value) => scale * value)
    await collections.write(id, [subject('ann'), face('ann', scaled(0, 3), 'near'), face('ann', scaled(1, 4), 'far')])
    const hits = async (distances: boolean) =>
      (await collections.search(id, { vector: vector(0), k: 9, distances })).hits.map(({ face, distance }) => [face, distance])
    t.strictSame(await hits(true), [['near', 2], ['far', Math.sqrt(17)]])
    t.strictSame(await hits(false), [['near', undefined], ['far', undefined]])
  })

  claim('concurrent writers through two instances lose nothing', async (t) => {
    const id = await collection()
    const other = await open()
    await collections.write(id, [subject('ann')])
    const names = Array.from({ length: place.writers ?? 80 }, (_, i) => `f${i}`)
    const written = await Promise.all(names.map((name, i) => (i % 2 === 0 ? collections : other).write(id, [face('ann', vector(i % LENGTH), name)])))
    t.equal(new Set(written.map(({ version }) => version)).size, names.length, 'each write has a version of its own')
    for (const each of [collections, other]) {
      const { hits } = await each.search(id, { vector: vector(0), k: 1000, atLeast: latest(written) })
      t.strictSame(hits.map((hit) => hit.face).sort(), names.toSorted())
    }
  })

  claim('a later instance finds everything', async (t) => {
    const id = await collection()
    const { version } = await collections.write(id, [subject('ann', { team: 'red' }), face('ann', vector(5), 'f')])
    const later = await open()
    t.match(await later.subject(id, 'ann'), { metadata: { team: 'red' }, faces: 1 })
    t.match((await later.search(id, { vector: vector(5), k: 1, atLeast: version })).hits, [{ face: 'f', subject: 'ann', score: 1 }])
  })
}

/** Tests that hold for every RecordStore. `t` closes the store. */
export async function storeContract (t: Test, open: (t: Test) => Promise<RecordStore>): Promise<void> {
  const store = await open(t)
  t.teardown(() => store.close())
  const collection = async () => (await store.createCollection({ ...SETTINGS, id: unique('c'), storePhotos: false })).collection

  t.test('the feed comes in pages that leave nothing out', async (t) => {
    const made = await collection()
    await store.write(made.id, Array.from({ length: 7 }, (_, i) => [subject(`s${i}`), face(`s${i}`, vector(i), `f${i}`)]).flat())
    const faces: number[] = []
    let subjects = 0
    for (let after = 0, head = 1; after < head;) {
      const feed = await store.changes(made, after, 3)
      faces.push(...feed.faces.keys)
      subjects += feed.subjects.length
      after = feed.upTo
      head = feed.head
    }
    t.equal(new Set(faces).size, 7)
    t.strictSame(faces, faces.toSorted((a, b) => a - b), 'keys increase in order of enrolment')
    t.equal(subjects, 7)
  })

  t.test('a deletion leaves a tombstone in the feed, except of a row that was created in the same write', async (t) => {
    const made = await collection()
    const first = await store.write(made.id, [
      subject('ann'), face('ann', vector(0), 'f'), face('ann', vector(1), 'g'), { kind: 'delete-face', subject: 'ann', id: 'g' }, subject('bob'), { kind: 'delete-subject', id: 'bob' }
    ])
    const { upTo, subjects, faces } = await store.changes(made, 0, 10)
    t.equal(String(upTo), first.version)
    t.strictSame([subjects.map(({ id }) => id), faces.keys.length], [['ann'], 1])
    const [key] = faces.keys

    await store.write(made.id, [{ kind: 'delete-face', subject: 'ann', id: 'f' }, face('ann', vector(2), 'f')])
    const later = await store.changes(made, upTo, 10)
    t.strictSame([...later.faces.subjects], [0, subjects[0]!.key], 'the old face is deleted, the new one belongs to ann')
    t.strictSame([...later.faces.embeddings], [...new Float32Array(LENGTH), ...vector(2)])
    t.equal(later.faces.keys[0], key)
    t.ok(later.faces.keys[1]! > key!, 'a key is not used again')
  })
}
