import t from 'tap'
import { countingRuns } from '../../../src/engine/run-memory.ts'
import type { Session } from '../../../src/onnx/session.ts'
import { claimed, claimOf, memoryBudget } from '../../../src/system/memory-budget.ts'

const MB = 2 ** 20
const PIXELS = new Uint8Array()

/** Two workers' sessions that count with 32 MB, at 16 bytes a pixel. A run ends when it is told to. */
function workers (check: () => void = () => {}) {
  const budget = memoryBudget(32 * MB)
  const running: Array<{ readonly worker: number, readonly end: (error?: Error) => void }> = []
  const sessions = [0, 1].map((worker) => {
    const session: Session = {
      run: () => new Promise((resolve, reject) => running.push({ worker, end: (error) => error ? reject(error) : resolve(new Map()) })),
      close: async () => {}
    }
    const claim = claimOf(budget)
    return { ...countingRuns(session, { name: 'yunet', bytesPerPixel: 16 }, claim, check), claim }
  })
  return { sessions, running }
}

// A wait for shared memory alone does not keep a process running.
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))

const until = async (holds: () => boolean): Promise<void> => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5)) }

t.test('large runs of two workers wait for each other’s memory, also when one fails', async (t) => {
  const { sessions: [one, two], running } = workers()
  const first = one!.run(PIXELS, [1, 1024, 1536, 3])
  await until(() => running.length === 1)
  const second = two!.run(PIXELS, [1, 1024, 1536, 3])
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.strictSame([running.length, claimed(one!.claim), claimed(two!.claim)], [1, 24 * MB, 0])
  running[0]!.end(new Error('no memory'))
  await t.rejects(first, { message: 'no memory' })
  await until(() => running.length === 2)
  t.strictSame([claimed(one!.claim), claimed(two!.claim)], [0, 24 * MB])
  running[1]!.end()
  await second
  t.equal(claimed(two!.claim), 0)
})

t.test('small runs begin at once', async (t) => {
  const { sessions: [one, two], running } = workers()
  const runs = [one!.run(PIXELS, [1, 1024, 2048, 3]), two!.run(PIXELS, [1, 1023, 1024, 3])]
  await until(() => running.length === 2)
  for (const { end } of running) end()
  t.equal((await Promise.all(runs)).length, 2)
})

t.test('a run that needs more than there is is refused', async (t) => {
  const { sessions: [one] } = workers()
  await t.rejects(one!.run(PIXELS, [2, 1024, 1025, 3]), { code: 'image_too_large', message: /^For this image yunet needs about 33 MB of memory; there are 32 for all. / })
})

t.test('one whose request has gone stops waiting', async (t) => {
  let gone = false
  const { sessions: [one, two], running } = workers(() => { if (gone) throw new Error('gone') })
  const first = one!.run(PIXELS, [1, 1024, 2048, 3])
  await until(() => running.length === 1)
  const second = two!.run(PIXELS, [1, 1024, 2048, 3])
  gone = true
  await t.rejects(second, { message: 'gone' })
  running[0]!.end()
  await first
})
