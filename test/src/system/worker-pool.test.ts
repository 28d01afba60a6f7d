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

t.test('no promise hangs, and every worker comes back', async (t) => {
  t.test('when a job cannot be sent', async (t) => {
    const pool = await open(t)
    const gone = new Uint8Array(8)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    for (let i = 0; i < 5; i++) {
      await t.rejects(pool.run('length', [gone], { transfer: [gone.buffer] }), { code: 'service_unavailable', cause: { name: 'DataCloneError' } })
      await t.rejects(pool.run('echo', [() => {}]), { code: 'service_unavailable', cause: { name: 'DataCloneError' } })
    }
    t.equal(await pool.run('echo', [1]), 1)
    t.equal(pool.running(), 0)
  })

  t.test('when the job that waits behind it cannot be sent', async (t) => {
    const pool = await open(t, { queueLimit: 10 })
    const { result, release } = await hold(pool)
    const others = [pool.run('echo', [1]), pool.run('echo', [() => {}]).catch(() => 'refused'), pool.run('echo', [2])]
    release()
    t.strictSame(await Promise.all([result, ...others]), ['held', 1, 'refused', 2])
  })

  t.test('when the result cannot be sent', async (t) => {
    const pool = await open(t)
    await t.rejects(pool.run('unsendable', []), { code: 'internal_error' })
    t.equal(await pool.run('echo', [1]), 1)
  })

  t.test('when a job without a signal never ends', async (t) => {
    const told: string[] = []
    const pool = await open(t, { jobTimeout: 100, log: { ...silent, error: (_, message) => told.push(message) } })
    await t.rejects(pool.run('hang', [flag()]), { code: 'service_unavailable', cause: /hang ran for more than 100 ms/ })
    t.equal(await pool.run('echo', [1]), 1, 'by the next worker')
    t.ok(told.includes('a job did not end in time; its worker is replaced'))
  })

  t.test('when native code holds the thread', async (t) => {
    const [gate, begun, over] = [flag(), flag(), flag()]
    const pool = await open(t, { jobTimeout: 100, endTimeout: 100 })
    await t.rejects(pool.run('compute', [gate, begun, over]), { code: 'service_unavailable' })
    t.equal(await pool.run('echo', [1]), 1, 'another worker took its place')
    t.equal(pool.alive(), 1)
    open1(gate)
    await raised(over)
    t.equal(await pool.run('echo', [2]), 2, 'and the old one ends without a trace')
  })
})
