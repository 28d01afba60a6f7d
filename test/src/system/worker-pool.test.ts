import t, { type Test } from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { createPool, type Pool as PoolOf, type PoolOptions } from '../../../src/system/worker-pool.ts'
import { deferred } from '../../fixtures/deferred.ts'
import type { ScriptedOperations } from '../../fixtures/pool-worker.ts'

type Pool = PoolOf<ScriptedOperations>

const entry = new URL('../../fixtures/pool-worker.ts', import.meta.url)
const silent = { warn: () => {}, error: () => {} }
const failed = (cause: unknown) => new FaceError('service_unavailable', 'the helper is away', { cause })
const defaults: PoolOptions = { name: 'helper', entry, size: 1, queueLimit: 2, workerData: {}, failed, log: silent }

async function open (t: Test, options: Partial<PoolOptions> = {}): Promise<Pool> {
  const pool = createPool<ScriptedOperations>({ ...defaults, ...options })
  t.teardown(() => pool.close())
  await pool.ready
  return pool
}

const flag = () => new Int32Array(new SharedArrayBuffer(4))
const raised = async (flag: Int32Array) => {
  const waiting = Atomics.waitAsync(flag as Int32Array<SharedArrayBuffer>, 0, 0)
  if (waiting.async) await waiting.value
}
const open1 = (gate: Int32Array) => { Atomics.store(gate, 0, 1); Atomics.notify(gate, 0) }

/** A job that keeps its worker until the returned function is called. */
async function hold (pool: Pool, value: unknown = 'held') {
  const [gate, begun] = [flag(), flag()]
  const result = pool.run('hold', [gate, begun, value])
  await raised(begun)
  return { result, release: () => open1(gate) }
}

t.test('jobs are answered, each its own', async (t) => {
  const pool = await open(t, { size: 2, queueLimit: 100 })
  const answers = await Promise.all(Array.from({ length: 40 }, (_, value) => pool.run('echo', [value])))
  t.strictSame(answers, Array.from({ length: 40 }, (_, i) => i))
  t.equal(pool.waiting(), 0)
  t.equal(pool.running(), 0)
  t.equal(pool.alive(), 2)
})

t.test('memory is handed over, not copied', async (t) => {
  const pool = await open(t)
  const value = new Uint8Array(1 << 20)
  t.equal(await pool.run('length', [value], { transfer: [value.buffer] }), 1 << 20)
  t.equal(value.length, 0, 'the caller no longer has it')
})

t.test('a FaceError of an operation keeps its code; the thread says what any other error becomes', async (t) => {
  const pool = await open(t)
  await t.rejects(pool.run('refuse', []), { code: 'no_face_detected', message: 'nobody' })
  await t.rejects(pool.run('fail', []), { code: 'internal_error', message: /^Something went wrong/, cause: /secret/ })
  t.equal(await pool.run('echo', [1]), 1)
})

t.test('the queue is bounded, background jobs are not counted and run last', async (t) => {
  const pool = await open(t)
  const first = await hold(pool)
  const order: string[] = []
  const note = (name: string, job: Promise<unknown>) => job.then(() => order.push(name))
  const jobs = [
    note('background', pool.run('echo', [], { background: true })),
    note('one', pool.run('echo', [])),
    note('two', pool.run('echo', []))
  ]
  await t.rejects(pool.run('echo', []), { code: 'overloaded', retryAfter: 1 })
  t.equal(pool.waiting(), 3)
  first.release()
  await Promise.all(jobs)
  t.strictSame(order, ['one', 'two', 'background'])
  t.equal(await first.result, 'held')
})

t.test('a crash costs the job that ran there; the worker is replaced, waiting jobs go on', async (t) => {
  const errors: object[] = []
  const pool = await open(t, { log: { ...silent, error: (object) => errors.push(object) } })
  const dying = pool.run('die', [])
  const waiting = pool.run('echo', ['alive'])
  await t.rejects(dying, { code: 'service_unavailable', message: 'the helper is away', cause: { message: 'the worker dies' } }, 'the pool\'s owner says what a crash means')
  t.equal(await waiting, 'alive')
  t.match(errors, [{ pool: 'helper', err: { message: 'the worker dies' } }], 'the log says which pool it was')
})

t.test('cancelling', async (t) => {
  t.test('a waiting job never runs', async (t) => {
    const pool = await open(t)
    const first = await hold(pool)
    const [begun, controller] = [flag(), new AbortController()]
    const waiting = pool.run('echo', [undefined, begun], { signal: controller.signal })
    controller.abort(new Error('gone'))
    await t.rejects(waiting, { message: 'gone' })
    t.equal(pool.waiting(), 0)
    first.release()
    await first.result
    await pool.run('echo', [])
    t.equal(begun[0], 0)
  })
  t.test('a running job stops at its next stage and the worker lives on', async (t) => {
    const pool = await open(t)
    const [begun, controller] = [flag(), new AbortController()]
    const running = pool.run('spin', [begun], { signal: controller.signal })
    await raised(begun)
    controller.abort(new Error('gone'))
    await t.rejects(running, { message: 'gone' })
    t.equal(await pool.run('echo', [1]), 1)
  })
  t.test('a job that does not stop loses its worker', async (t) => {
    const warnings: string[] = []
    const pool = await open(t, { cancelGrace: 1, log: { ...silent, warn: (_, message) => warnings.push(message) } })
    const [begun, controller] = [flag(), new AbortController()]
    const running = pool.run('hang', [begun], { signal: controller.signal })
    await raised(begun)
    controller.abort(new Error('gone'))
    await t.rejects(running, { message: 'gone' })
    t.equal(await pool.run('echo', [1]), 1)
    t.strictSame(warnings, ['a cancelled job did not stop; its worker is replaced'])
  })
  t.test('a thread is not ended inside ONNX Runtime, which would end the process', async (t) => {
    const warned = deferred()
    const pool = await open(t, { cancelGrace: 1, log: { ...silent, warn: () => warned.resolve() } })
    const [gate, begun, over, controller] = [flag(), flag(), flag(), new AbortController()]
    const running = pool.run('compute', [gate, begun, over], { signal: controller.signal })
    await raised(begun)
    controller.abort(new Error('gone'))
    await t.rejects(running, { message: 'gone' })
    await warned.promise
    open1(gate)
    await raised(over)
    t.equal(await pool.run('echo', [1]), 1)
  })
  t.test('a signal that has already aborted starts nothing', async (t) => {
    const pool = await open(t)
    await t.rejects(pool.run('echo', [], { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' })
  })
})

t.test('a worker that cannot start makes ready reject', async (t) => {
  const pool = createPool<ScriptedOperations>({ ...defaults, workerData: { breaks: true } })
  t.teardown(() => pool.close())
  await t.rejects(pool.ready, { code: 'model_unavailable', message: 'no CUDA here' })
})

t.test('a worker that dies while it starts makes ready reject with the owner’s error', async (t) => {
  const pool = createPool<ScriptedOperations>({ ...defaults, entry: new URL('./no-such-worker.ts', import.meta.url) })
  t.teardown(() => pool.close())
  await t.rejects(pool.ready, { code: 'service_unavailable', message: 'the helper is away' })
})

t.test('closing ends what waits and what runs, and nothing is taken after it', async (t) => {
  const pool = await open(t)
  const running = await hold(pool)
  const waiting = pool.run('echo', [])
  const ends = Promise.all([
    t.rejects(running.result, { code: 'service_unavailable' }),
    t.rejects(waiting, { code: 'service_unavailable' })
  ])
  await pool.close()
  await ends
  await pool.close()
  await t.rejects(pool.run('echo', []), { code: 'service_unavailable' })
})
