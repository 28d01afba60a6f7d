import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { claim, claimed, claimOf, memoryBudget, release } from '../../../src/system/memory-budget.ts'

// A wait for shared memory does not keep a process alive; a worker lives by its port.
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))

const wanted = (): void => {}
const isPending = async (promise: Promise<unknown>): Promise<boolean> => await Promise.race([promise.then(() => false), sleep(150, true)])

t.test('a claim waits until there is room, and gives all of it back', async (t) => {
  const budget = memoryBudget(100 * 1024)
  const [one, two] = [claimOf(budget), claimOf(budget)]
  await claim(one, 60 * 1024, wanted)
  await claim(one, 10 * 1024, wanted)
  t.equal(claimed(one), 70 * 1024)
  const waiting = claim(two, 40 * 1024, wanted)
  t.equal(await isPending(waiting), true)
  release(one)
  await waiting
  t.strictSame([claimed(one), claimed(two)], [0, 40 * 1024])
})

t.test('a large claim is served before small ones that came later', async (t) => {
  const budget = memoryBudget(100 * 1024)
  const [first, large, small] = [claimOf(budget), claimOf(budget), claimOf(budget)]
  await claim(first, 50 * 1024, wanted)
  const waitingLarge = claim(large, 90 * 1024, wanted)
  await sleep(10)
  const waitingSmall = claim(small, 20 * 1024, wanted)
  t.equal(await isPending(waitingSmall), true)
  release(first)
  await waitingLarge
  t.equal(await isPending(waitingSmall), true)
  release(large)
  await waitingSmall
})

t.test('a wait ends when the memory is no longer wanted; who died gives back its turn too', async (t) => {
  const budget = memoryBudget(100 * 1024)
  const [first, second, third] = [claimOf(budget), claimOf(budget), claimOf(budget)]
  await claim(first, 90 * 1024, wanted)
  let isGone = false
  const cancelled = claim(second, 50 * 1024, () => { if (isGone) throw new Error('gone') })
  await sleep(10)
  isGone = true
  await t.rejects(cancelled, { message: 'gone' })
  // A thread that ends while it waits: nobody goes on for it.
  claim(second, 50 * 1024, () => new Promise(() => {})).catch(() => {})
  await sleep(10)
  const waiting = claim(third, 50 * 1024, wanted)
  t.equal(await isPending(waiting), true)
  release(second)
  release(first)
  await waiting
})

t.test('more than the whole', async (t) => {
  await t.rejects(claim(claimOf(memoryBudget(1024)), 1025, wanted), RangeError)
})
