import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createBuilder } from '../../../src/converter/graph/builder.ts'
import { encode } from '../../../src/converter/graph/encode-model.ts'
import { float32 } from '../../../src/converter/graph/tensor.ts'
import { createCache } from '../../../src/engine/model-cache.ts'
import { openModels } from '../../../src/engine/worker-models.ts'
import { fromImage } from '../../../src/image/picture.ts'
import { openSession } from '../../../src/onnx/session.ts'

const CPU = { threads: 1, gpuDevice: -1 }

/** Writes a graph with `count` weights into the folder of the test. */
function graph (t: Test, count = 4, name = 'graph.onnx'): string {
  const builder = createBuilder()
  const side = Math.sqrt(count)
  const x = builder.input('image', ['n', side])
  const y = builder.dense('y', x, float32(new Float32Array(count).fill(0.1), [side, side]))
  const path = join(t.testdirName, name)
  writeFileSync(path, encode(builder.build('graph', { y })))
  return path
}

t.test('a model', async (t) => {
  t.testdir({})
  const file = { name: 'SFace', path: graph(t) }

  t.test('is opened once', async (t) => {
    const models = openModels(CPU)
    t.equal(await models.recogniser(file), await models.recogniser(file))
  })

  t.test('whose graph is gone is unavailable until it is made anew', async (t) => {
    const models = openModels(CPU)
    await t.rejects(models.recogniser({ name: 'SFace', path: join(t.testdirName, 'none') }), { code: 'model_unavailable', message: /^The graph of SFace has gone/ })
    await models.recogniser(file)
  })

  t.test('that cannot be opened is reported by name, and others can be opened', async (t) => {
    const models = openModels(CPU)
    const path = join(t.testdir({}), 'broken.onnx')
    writeFileSync(path, 'no graph')
    await t.rejects(models.detector({ name: 'retinaface', path }), { code: 'deepface_error', message: /^retinaface could not be opened/, cause: Error })
    await models.recogniser(file)
  })

  t.test('that turned faces need is opened by the first of them', async (t) => {
    const gone = openModels(CPU).turnedFinder({ name: 'centerface', path: join(t.testdirName, 'none') })
    const picture = fromImage({ width: 8, height: 8, data: new Uint8Array(8 * 8 * 3) })
    const face = { box: { x: 0, y: 0, w: 8, h: 8 }, landmarks: undefined, score: 1 }
    await t.rejects(async () => await gone(picture, face), { code: 'model_unavailable', message: /^The graph of centerface has gone/ })
  })

  t.test('that does not fit is unavailable', async (t) => {
    await t.rejects(openModels({ ...CPU, limits: { count: 1, bytes: 100 } }).recogniser(file), { code: 'model_unavailable', message: /^SFace needs about/ })
  })

  t.test('is opened again after it was closed', async (t) => {
    const models = openModels({ ...CPU, limits: { count: 1, bytes: Infinity } })
    const first = await models.recogniser(file)
    await models.detector({ name: 'retinaface', path: file.path })
    await models.settle()
    t.not(await models.recogniser(file), first)
  })
})

t.test('of many models used one after the other, no more stay open than allowed', async (t) => {
  t.testdir({})
  const paths = new Map(Array.from({ length: 10 }, (_, i) => [`m${i}`, graph(t, 4, `m${i}.onnx`)]))
  let [open, most] = [0, 0]
  const cache = createCache({
    limits: { count: 2, bytes: Infinity },
    pinned: new Set(),
    weigh: async () => 0,
    async open (name) {
      const session = await openSession(paths.get(name)!, { device: { provider: 'cpu' }, threads: 1 })
      most = Math.max(most, ++open)
      return { ...session, async close () { await session.close(); open-- } }
    }
  })
  for (const name of paths.keys()) {
    await cache.use(name)
    await cache.settle()
    t.ok(open <= 2, `${open} are open`)
  }
  t.ok(most <= 3, 'one is opened before another is closed')
})
