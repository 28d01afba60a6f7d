import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { buildReal, SAMPLES } from './real.ts'
import { sharedPath } from './shared.ts'

const FACES = sharedPath('faces')
const WEIGHTS = sharedPath('weights')
const SETTINGS = {
  MODELS_MIRROR: existsSync(WEIGHTS) ? WEIGHTS : undefined,
  PRELOAD_MODELS: 'SFace,yunet-int8bq,face-mesh',
  IMAGES_ROOT: existsSync(FACES) ? FACES : undefined,
  WORKERS: '1',
  COLLECTIONS_URL: 'none',
  REQUEST_TIMEOUT_MS: '250000',
  LOG_LEVEL: 'silent'
}
const noPhotos = !existsSync(FACES) && 'needs the photos of faces beside the checkout'

const babiesOf = (folder: string): string[] => readdirSync(folder).filter((name) => /^[12]_/.test(name))

t.test('verdicts by age and pose over HTTP', async (t) => {
  const service = await buildReal(t, SETTINGS)
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const verify = async (body: object): Promise<any> => {
    const response = await fetch(`${service.origin}/api/v1/verify`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    t.equal(response.status, 200)
    return await response.json()
  }

  t.test('one adult is enough for the threshold of adults', async (t) => {
    const photo = async (i: number): Promise<string> => (await readFile(new URL(`sample${i}.jpg`, SAMPLES))).toString('base64')
    const answer = await verify({ img1: await photo(1), img2: await photo(4) })
    t.match(answer, { verified: true, verdict: { policy: 'adaptive', reason: 'standard' } })
    const [age] = answer.verdict.ages
    t.ok(age > 25 && age < 45, `the woman is about 30: ${age}`)
  })

  t.test('two babies are not one person because they are babies', { skip: noPhotos }, async (t) => {
    const folder = join(FACES, 'utkface')
    const babies = babiesOf(folder).slice(0, 13).map((name) => join(folder, name))
    const pairs = babies.slice(1).map((other, i) => ({ img1: babies[i]!, img2: other }))
    let [fixed, adaptive] = [0, 0]
    for (const pair of pairs) {
      const answer = await verify(pair)
      const sent = await verify({ ...pair, threshold: 0.6238 })
      t.equal(sent.verdict.reason, 'request')
      if (sent.verified) fixed++
      if (answer.verified) adaptive++
      if (answer.verdict.reason === 'young') t.ok(answer.threshold < 0.5 && Math.max(...answer.verdict.ages) < 25, JSON.stringify(answer.verdict))
    }
    t.ok(fixed >= 6 && adaptive <= 2, `of 12 pairs ${fixed} at one threshold, ${adaptive} at that of the ages`)
  })

  t.test('profiles are known again more often', { skip: noPhotos }, async (t) => {
    const people = readdirSync(join(FACES, 'cfp')).slice(0, 40)
    const photo = (person: string, kind: string): string => join(FACES, 'cfp', person, kind, readdirSync(join(FACES, 'cfp', person, kind))[0]!)
    let gained = 0
    for (const person of people) {
      const { verified, threshold, distance, verdict } = await verify({ img1: photo(person, 'frontal'), img2: photo(person, 'profile') })
      t.ok(Math.abs(verdict.yaws[0]) < 20 && Math.abs(verdict.yaws[1]) > 25, JSON.stringify(verdict))
      if (verdict.reason === 'turned') t.ok(threshold > 0.68)
      if (verified && distance > 0.6238) gained++
    }
    t.ok(gained >= 2, `${gained} of 40 are beyond the threshold of two frontal faces`)
  })
})

t.test('children of an album do not become one person', { skip: noPhotos }, async (t) => {
  const folder = join(FACES, 'utkface')
  const babies = babiesOf(folder).slice(0, 16)
  const photos = await Promise.all(babies.map((name) => readFile(join(folder, name))))
  const root = t.testdir({ album: Object.fromEntries(babies.map((name, i) => [name, photos[i]!])) })
  const service = await buildReal(t, { ...SETTINGS, COLLECTIONS_URL: `sqlite:${join(root, 'faces.db')}`, FACES_DB_PATH: join(root, 'album') })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const call = async (path: string, body?: object): Promise<any> => {
    const request = body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(`${service.origin}/api/v1/${path}`, request)
    t.ok(response.ok, `${path}: ${response.status}`)
    return await response.json()
  }
  const imgs = photos.map((photo) => photo.toString('base64'))

  t.test('find', async (t) => {
    let [fixed, adaptive] = [0, 0]
    for (const img of imgs.slice(0, 6)) {
      const { result: [rows], threshold } = await call('find', { img })
      const { result: [plain] } = await call('find', { img, threshold })
      t.ok(rows.every(({ verdict, confidence, distance, threshold }: any) => verdict.policy === 'adaptive' && distance <= threshold && confidence >= 50))
      t.ok(rows.slice(1).every(({ verdict, threshold: own }: any) => verdict.reason === 'young' && own < threshold && verdict.ages[1] < 25))
      t.equal(rows[0].distance < 1e-6, true, 'the photo itself is found')
      fixed += plain.length - 1
      adaptive += rows.length - 1
      const { result: [most] } = await call('find', { img, similarity_search: true, k: 3 })
      t.strictSame([most.length, most[0].verdict], [3, undefined])
    }
    t.ok(fixed >= 30 && adaptive <= fixed / 8, `${fixed} strangers by one threshold, ${adaptive} by that of the ages`)
  })

  t.test('groups of photos and of a collection', async (t) => {
    await call('collections', { id: 'album' })
    const { groups } = await call('collections/album/cluster', { imgs })
    const { groups: fixed } = await call('collections/album/cluster', { imgs, threshold: 0.6238 })
    t.ok(groups.length >= 12 && fixed.length <= 8, `${groups.length} groups of 16 children, ${fixed.length} at one threshold`)
    for (const [i, img] of imgs.entries()) await call(`collections/album/subjects/child-${i}/faces`, { img })
    const { groups: enrolled } = await call('collections/album/cluster', {})
    t.equal(enrolled.length, groups.length)
    let { job } = await call('collections/album/cluster-jobs', {})
    while (job.status === 'running') ({ job } = await call(`collections/album/cluster-jobs/${job.id}`))
    t.equal(job.groups, groups.length)
  })
})
