import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import t from 'tap'
import { attacks } from '../tools/siege/catalogue.ts'
import { runSiege } from '../tools/siege/run-siege.ts'
import { memoryGroup } from './fixtures/memory-group.ts'
import { origin as originOf, serviceStarter } from './fixtures/service-process.ts'
import { SAMPLES } from './real.ts'

const GB = 2 ** 30

t.test('a container of 1 GB with two workers holds a siege', { timeout: 900_000 }, async (t) => {
  const group = memoryGroup(t, GB)
  if (!group) return t.pass('needs a control group of its own', { skip: 'control groups of memory cannot be made here' })
  // As in the container image.
  const variables = { PORT: '0', LOG_FORMAT: 'json', LOG_LEVEL: 'info', COLLECTIONS_URL: 'none', WORKERS: '2', MALLOC_MMAP_THRESHOLD_: '4194304' }
  const { child, output } = serviceStarter(t)(t, variables)
  group.add(child.pid!)
  const origin = await Promise.race([originOf(child, output), once(child, 'exit').then(() => undefined)])
  if (origin === undefined) return t.match(output(), /The weights of/, 'needs weights', { skip: 'the weights cannot be had' })
  const photo = await sharp(await readFile(new URL('sample6.jpg', SAMPLES))).resize(640).jpeg().toBuffer()
  await runSiege({
    target: { origin: new URL(origin), headers: {}, photo },
    attacks: attacks.filter(({ isShort }) => isShort),
    seconds: 600,
    rounds: 1,
    pid: child.pid,
    // Other tests run beside this one; hold-ups.test.ts is stricter.
    holdUp: 3000,
    memory: GB,
    report: ({ name, broken, statuses, longest, memory }) =>
      t.strictSame(broken, [], `${name}: ${statuses}, /health ${longest.toFixed()} ms, ${(memory / 1e6).toFixed()} MB`)
  })
  t.equal(group.killed(), 0, 'nothing was ended for want of memory')
  t.equal(child.exitCode, null)
})
