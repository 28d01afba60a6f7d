import t, { type Test } from 'tap'
import { openEngine } from '../../../src/engine/open-engine.ts'
import { modelUnavailable } from '../../../src/errors.ts'
import type { Card } from '../../../src/models/card.ts'
import { cardNamed } from '../../../src/models/catalogue.ts'

const log = { info () {}, warn () {}, error () {} }

/** An engine without open models; `permits` decides about licences. */
async function engineOf (t: Test, permits: (card: Card) => boolean = () => true, detectRotated = false) {
  const store = { ensure: async () => '', permits, hashes: async ({ name }: Card) => [name] }
  const engine = await openEngine({
    store, workers: 1, threads: 1, queueLimit: 8, detectRotated, gpuDevice: -1, maxImagePixels: 1e6, limits: { count: 1, bytes: Infinity }, preload: [], log
  })
  t.teardown(() => engine.close())
  return engine
}

t.test('embeddings depend on the weights of the recogniser, the detector and the models that find its landmarks', async (t) => {
  const { fingerprint } = await engineOf(t)
  const weights = async (detector: 'retinaface' | 'opencv' | 'yunet-mesh' | 'skip', pipeline: 'native' | 'deepface') => (await fingerprint({ model: 'SFace', detector, pipeline })).weights
  t.strictSame(await weights('retinaface', 'native'), ['SFace', 'retinaface'])
  t.strictSame(await weights('retinaface', 'deepface'), ['SFace', 'retinaface-resnet50'])
  t.strictSame(await weights('opencv', 'native'), ['SFace', 'opencv', 'retinaface'])
  t.strictSame(await weights('opencv', 'deepface'), ['SFace', 'opencv'])
  t.strictSame(await weights('yunet-mesh', 'native'), ['SFace', 'yunet-int8bq', 'face-mesh', 'centerface'])
  t.strictSame(await weights('skip', 'native'), ['SFace'])
  const commercial = await engineOf(t, ({ licence }) => licence.commercial)
  t.strictSame((await commercial.fingerprint({ model: 'SFace', detector: 'opencv', pipeline: 'native' })).weights, ['SFace', 'opencv', 'yunet'])
  t.ok(cardNamed('yunet').licence.commercial)
})

t.test('ages are undefined where their model cannot be had, and other failures are reported', async (t) => {
  const enginesWhose = async (error: Error) => {
    const store = { ensure: async () => { throw error }, permits: () => true, hashes: async () => [] }
    const engine = await openEngine({
      store, workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 1e6, limits: { count: 1, bytes: Infinity }, preload: [], log
    })
    t.teardown(() => engine.close())
    return engine
  }
  const face = { box: { x: 0, y: 0, w: 10, h: 10 }, landmarks: undefined, score: 1 }
  const without = await enginesWhose(modelUnavailable('Not here.'))
  t.equal(await without.ages(new Uint8Array(1), [face], { expandPercentage: 0 }), undefined)
  const broken = await enginesWhose(new Error('the disk is broken'))
  await t.rejects(broken.ages(new Uint8Array(1), [face], { expandPercentage: 0 }), { message: 'the disk is broken' })
})

t.test('embeddings depend on whether rotated pictures are searched, in the pipeline that does so', async (t) => {
  const { fingerprint } = await engineOf(t, () => true, true)
  const rotated = async (detector: 'retinaface' | 'skip', pipeline: 'native' | 'deepface') => (await fingerprint({ model: 'SFace', detector, pipeline })).rotated
  t.strictSame([await rotated('retinaface', 'native'), await rotated('retinaface', 'deepface'), await rotated('skip', 'native')], [true, false, false])
})
