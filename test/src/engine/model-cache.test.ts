import t from 'tap'
import { createCache, type CacheLimits } from '../../../src/engine/model-cache.ts'

/** A cache of models that take ten megabytes for each letter of their name. Records what is opened (+) and closed (−). */
function noting (limits: Partial<CacheLimits>, pinned: string[] = []) {
  const events: string[] = []
  const broken = new Set<string>()
  const cache = createCache({
    limits: { count: Infinity, bytes: Infinity, ...limits },
    pinned: new Set(pinned),
    weigh: async (name) => 10 * name.length * 2 ** 20,
    async open (name) {
      events.push(`+${name}`)
      if (broken.has(name)) throw new Error(`${name} is broken`)
      return { name, close: async () => { events.push(`-${name}`) } }
    }
  })
  /** Runs a job that uses these models, one after the other. */
  const job = async (...names: string[]): Promise<void> => {
    try {
      for (const name of names) t.equal((await cache.use(name)).name, name)
    } finally {
      await cache.settle()
    }
  }
  return { cache, job, events, broken }
}

t.test('an open model is not opened again, not even by concurrent calls', async (t) => {
  const { cache, job, events } = noting({})
  await Promise.all([cache.use('a'), cache.use('a'), cache.use('b')])
  await job('a')
  t.strictSame(events, ['+a', '+b'])
})

t.test('the least recently used model is closed before another one is opened', async (t) => {
  const { job, events } = noting({ count: 2 })
  await job('a')
  await job('b')
  await job('a')
  await job('c')
  await job('a')
  await job('b')
  t.strictSame(events, ['+a', '+b', '-b', '+c', '-c', '+b'])
})

t.test('a pinned model is never closed and not counted', async (t) => {
  const { job, events } = noting({ count: 1 }, ['x', 'y'])
  await job('x', 'y', 'a')
  await job('b')
  await job('x', 'y')
  t.strictSame(events, ['+x', '+y', '+a', '-a', '+b'])
})

t.test('a model in use is not closed before the job ends', async (t) => {
  const { cache, events } = noting({ count: 1 })
  await Promise.all([cache.use('a'), cache.use('b'), cache.use('c')])
  t.strictSame(events, ['+a', '+b', '+c'], 'one job may need more than may stay open')
  await cache.settle()
  t.strictSame(events.slice(3), ['-a', '-b'])
})

t.test('memory', async (t) => {
  t.test('as many models are closed as the new one needs memory', async (t) => {
    const { job, events } = noting({ bytes: 60 * 2 ** 20 })
    await job('a', 'b', 'cc')
    await job('ddd')
    await job('b')
    await job('ffff')
    t.strictSame(events, ['+a', '+b', '+cc', '-a', '+ddd', '-cc', '-ddd', '+ffff'])
  })
  t.test('a model that cannot fit is refused with what to do, and the others stay usable', async (t) => {
    const { job, events } = noting({ bytes: 60 * 2 ** 20 }, ['xx'])
    await job('xx', 'a')
    await t.rejects(job('xx', 'eeeee'), {
      code: 'model_unavailable',
      message: 'eeeee needs about 50 MB of memory in each worker, of which MODELS_MAX_MEMORY_MB leaves 40. Raise it, lower WORKERS, or choose a smaller model.'
    })
    await job('xx', 'a')
    t.strictSame(events, ['+xx', '+a', '-a', '+a'])
  })
})

t.test('a failure costs the model that failed, and is tried again', async (t) => {
  const { cache, job, events, broken } = noting({ count: 2 })
  broken.add('b')
  await job('a')
  const [a, b, c] = await Promise.allSettled([cache.use('a'), cache.use('b'), cache.use('c')])
  t.match([a, b, c], [{ status: 'fulfilled' }, { status: 'rejected', reason: { message: 'b is broken' } }, { status: 'fulfilled' }])
  await cache.settle()
  broken.clear()
  await job('b')
  t.strictSame(events, ['+a', '+b', '+c', '-a', '+b'])
})

t.test('a job that ends while a model is being opened leaves it for the next one', async (t) => {
  const { cache, job, events } = noting({ count: 1 })
  const opening = cache.use('a')
  await cache.settle()
  await opening
  await job('a')
  await job('b')
  t.strictSame(events, ['+a', '-a', '+b'])
})
