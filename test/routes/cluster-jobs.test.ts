import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Collections } from '../../src/collections/contract.ts'
import { openIndexedCollections } from '../../src/collections/indexed-collections.ts'
import { openSearcher, searchHere } from '../../src/collections/search/searcher.ts'
import { openSqliteStore } from '../../src/collections/sqlite/sqlite-store.ts'
import { build, type BuildOptions } from '../build.ts'
import { random } from '../random.ts'
import { gaussian } from '../src/collections/search/vectors.ts'

const log = { warn: () => {}, error: () => {} }

/** Sends requests to the whole app. */
async function client (t: Test, options: BuildOptions = {}) {
  const app = await build(t, options)
  async function ask (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object): Promise<any> {
    const response = await app.inject({ method, url: path.startsWith('/api') ? path : `/api/v1/collections${path}`, ...(payload && { payload }) })
    return { status: response.statusCode, headers: response.headers, ...response.json() }
  }
  async function ended (path: string): Promise<any> {
    for (;;) {
      const answer = await ask('GET', path)
      if (answer.job?.status !== 'running') return answer
      await wait(20)
    }
  }
  return { app, ask, ended, get: (path: string) => ask('GET', path), post: (path: string, payload: object = {}) => ask('POST', path, payload) }
}

/** Collections in a file, in the thread of the test. */
const plain = async (path: string): Promise<Collections> =>
  openIndexedCollections({ store: await openSqliteStore({ path, log, threads: false }), searcher: searchHere, log })

/** Collections in a file, searched and clustered in threads. */
const threaded = async (path: string): Promise<Collections> => openIndexedCollections({
  store: await openSqliteStore({ path, log }), searcher: await openSearcher({ threads: 2, queueLimit: 100, log }), log
})

/** Collections whose jobs begin their work when `open` is called, and the signals of these jobs. */
function gated (path: string) {
  const signals: AbortSignal[] = []
  let open = (): void => {}
  const isOpen = new Promise<void>((resolve) => { open = resolve })
  const collections = async (): Promise<Collections> => {
    const real = await plain(path)
    return {
      ...real,
      async cluster (id, options) {
        signals.push(options.signal)
        options.onProgress(0.25)
        const aborted = new Promise<never>((_resolve, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason)))
        await Promise.race([isOpen, aborted])
        return await real.cluster(id, options)
      }
    }
  }
  return { collections, signals, open: () => open() }
}

t.test('a job groups all faces of a collection, and its groups are read in pages', async (t) => {
  const { ask, ended, get, post } = await client(t)
  await post('', { id: 'c' })
  await post('', { id: 'other' })
  // Two photos of person b under two names, one of a.
  for (const [subject, img] of [['ann', 'data:,a'], ['bob', 'data:,b'], ['bea', 'data:,b']] as const) t.match(await post(`/c/subjects/${subject}/faces`, { img }), { status: 200 })
  const { version } = (await get('/c')).collection

  const started = await post('/c/cluster-jobs')
  t.match(started, { status: 202, success: true, job: { id: /^[0-9a-f-]{36}$/, status: 'running', progress: 0, faces: null, version: null, expires_at: null } })
  const path = started.headers.location
  t.equal(path, `/api/v1/collections/c/cluster-jobs/${started.job.id}`)
  const done = await ended(path)
  t.match(done, { status: 200, job: { id: started.job.id, status: 'done', progress: 1, faces: 3, groups: 2, version, error_code: null } })
  t.equal(Date.parse(done.job.expires_at) - Date.parse(done.job.ended_at), 3600_000)
  t.strictSame((await get('/c/cluster-jobs')).jobs, [done.job])

  const first = await get(`${path}/faces?limit=2`)
  t.match(first, { status: 200, version, headers: { 'collection-version': version }, faces: [{ group: 0, subject: 'bob' }, { group: 0, subject: 'bea' }], next: /./ })
  t.match(await get(`${path}/faces?limit=2&cursor=${first.next}`), { faces: [{ group: 1, subject: 'ann' }], next: null })
  for (const query of ['limit=0', 'cursor=x', 'page=1']) t.match(await get(`${path}/faces?${query}`), { status: 422 }, query)
  await ask('DELETE', '/c/subjects/bob')
  t.strictSame((await get(`${path}/faces`)).faces.map(({ subject }: any) => subject), ['bea', 'ann'], 'who was deleted since is left out')

  t.match(await get(`/other/cluster-jobs/${done.job.id}`), { status: 404, error_code: 'not_found', message: /no job/ })
  t.match(await get('/c/cluster-jobs/none/faces'), { status: 404 })
  t.match(await get('/none/cluster-jobs'), { status: 404 })
  t.match(await post('/none/cluster-jobs'), { status: 404 })
  t.match(await post('/c/cluster-jobs', { threshold: 3 }), { status: 422, details: { fields: [{ field: 'threshold' }] } })

  const next = await ended((await post('/c/cluster-jobs', { threshold: 2 })).headers.location)
  t.match(next, { job: { faces: 2, groups: 1 } }, 'all in one group by a threshold of the client')
  t.match(await get(path), { status: 404 }, 'the one before is forgotten')
  t.match(await ask('DELETE', `/c/cluster-jobs/${next.job.id}`), { status: 200, success: true })
  t.match(await get(`/c/cluster-jobs/${next.job.id}`), { status: 404 })
  t.match(await ask('DELETE', `/c/cluster-jobs/${next.job.id}`), { status: 404 })

  t.match(await ended((await post('/other/cluster-jobs')).headers.location), { job: { status: 'done', faces: 0, groups: 0 } })
})

t.test('one job a collection, two in the service; whoever deletes a job or its collection stops it', async (t) => {
  const { collections, signals, open } = gated(join(t.testdir({}), 'faces.db'))
  const { app, ask, ended, get, post } = await client(t, { collections })
  for (const id of ['a', 'b', 'c']) await post('', { id })
  const first = await post('/a/cluster-jobs')
  t.match(await get(first.headers.location), { job: { status: 'running', progress: 0.25 } })
  t.match(await post('/a/cluster-jobs'), { status: 409, error_code: 'conflict', message: new RegExp(first.job.id) })
  t.match(await get(`${first.headers.location}/faces`), { status: 409, error_code: 'conflict', message: /not done/ })
  await post('/b/cluster-jobs')
  t.match(await post('/c/cluster-jobs'), { status: 503, error_code: 'overloaded', headers: { 'retry-after': '30' } })

  t.match(await ask('DELETE', first.headers.location), { status: 200 })
  t.match([signals[0]!.aborted, await get(first.headers.location), await get('/a/cluster-jobs')], [true, { status: 404 }, { jobs: [] }])
  await ask('DELETE', '/b')
  t.ok(signals[1]!.aborted, 'the collection was deleted')
  await wait(20)
  const again = await post('/a/cluster-jobs')
  t.match(again, { status: 202 })

  // As another instance drops it, and it is created again before anybody looks.
  await app.collections.dropCollection('a')
  await post('', { id: 'a' })
  t.match(await get(again.headers.location), { status: 404 }, 'the job of the collection before is not shown')
  while (!signals[2]!.aborted) await wait(50)
  t.pass('and stops')

  const last = await post('/c/cluster-jobs')
  open()
  t.match(await ended(last.headers.location), { job: { status: 'done', faces: 0 } })
})

t.test('a job that fails says why', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const failing = async (): Promise<Collections> => ({ ...await plain(path), cluster: async () => { throw new Error('bad') } })
  const { ended, get, post } = await client(t, { collections: failing })
  await post('', { id: 'c' })
  const { job } = await ended((await post('/c/cluster-jobs')).headers.location)
  t.match(job, { status: 'failed', error_code: 'internal_error', message: /service log/, ended_at: /./, expires_at: /./ })
  t.match(await get(`/c/cluster-jobs/${job.id}/faces`), { status: 500, error_code: 'internal_error' })
})

t.test('jobs end with the service and do not outlive it', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const { collections, signals } = gated(path)
  const before = await client(t, { collections })
  await before.post('', { id: 'c' })
  const { headers: { location } } = await before.post('/c/cluster-jobs')
  await before.app.close()
  t.match(signals[0]!.reason, { code: 'service_unavailable' })
  const after = await client(t, { collections: () => plain(path) })
  t.match([await after.get('/c/cluster-jobs'), await after.get(location)], [{ jobs: [] }, { status: 404 }])
})

t.test('thousands of faces in threads, while others enrol, search and stop', async (t) => {
  const { app, ask, ended, get, post } = await client(t, { collections: () => threaded(join(t.testdir({}), 'faces.db')) })
  await post('', { id: 'c' })
  const next = random(3)
  const people = Array.from({ length: 600 }, () => gaussian(128, next))
  const lines = people.flatMap((person, i) => [{ subject: { id: `p${i}` } }, ...Array.from({ length: 5 }, () =>
    ({ face: { id: randomUUID(), subject: `p${i}`, embedding: [...gaussian(128, next).map((value, j) => person[j]! + 0.6 * value)] } }))])
  const imported = await app.inject({
    method: 'POST', url: '/api/v1/collections/c/import', headers: { 'content-type': 'application/x-ndjson' }, payload: lines.map((line) => JSON.stringify(line)).join('\n')
  })
  t.match(imported.json(), { faces: 3000 })

  const { headers: { location } } = await post('/c/cluster-jobs')
  const probe = { embedding: [...people[0]!], k: 1 }
  const [found] = await Promise.all([post('/c/search', probe), post('/c/subjects/late/faces', { embedding: [...gaussian(128, next)] })])
  t.match(found, { status: 200, result: [{ matches: [{ subject: 'p0' }] }] })
  const { job } = await ended(location)
  t.match(job, { status: 'done', progress: 1 })
  t.ok(job.faces === 3000 || job.faces === 3001, 'with or without who came meanwhile')
  const groups = new Map<number, Set<string>>()
  let rows = 0
  for (let cursor = ''; ;) {
    const page = await get(`${location}/faces?limit=1000${cursor}`)
    for (const { group, subject } of page.faces) groups.set(group, (groups.get(group) ?? new Set()).add(subject))
    rows += page.faces.length
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  t.equal(rows, job.faces)
  t.equal(groups.size, job.groups)
  t.ok([...groups.values()].every((subjects) => subjects.size === 1), 'nobody is in a group with others')
  t.ok(groups.size < 630, `${groups.size} groups of 600 people`)

  const stopped = await post('/c/cluster-jobs')
  t.match(await ask('DELETE', stopped.headers.location), { status: 200 })
  t.match(await post('/c/search', probe), { status: 200 })
})
