import type { SharedWord } from './critical-section.ts'

/** Unit in which memory is counted, in bytes: 32 bits of it are 4 TB. */
const UNIT = 1024

/** Milliseconds between two looks at what stops a wait. */
const LOOK = 100

/** Memory that threads share: words 0 and 1 of `words` are the units in use, and the claimant whose turn it is (0 for none). */
export interface MemoryBudget {
  readonly words: SharedWord
  /** Bytes of all claims together. */
  readonly total: number
}

/** The part of a budget that one thread has: word 0 is its number, word 1 the units that it has claimed. */
export interface Claim {
  readonly budget: MemoryBudget
  readonly words: SharedWord
}

export const memoryBudget = (total: number): MemoryBudget => ({ total, words: new Int32Array(new SharedArrayBuffer(8)) })

let claims = 0

/** Returns an empty claim, for one thread. Call it in the thread that made the budget. */
export function claimOf (budget: MemoryBudget): Claim {
  const words = new Int32Array(new SharedArrayBuffer(8))
  words[0] = ++claims
  return { budget, words }
}

/**
 * Adds `bytes` to a claim as soon as the budget has them. Claimants are served one after the other, so that many small ones cannot keep a
 * large one waiting. A thread must claim all that it needs at once: two that wait for each other's memory would wait for ever.
 * @throws {RangeError} when the budget as a whole is smaller; or what `check` throws, which is called while it waits.
 */
export async function claim ({ budget, words }: Claim, bytes: number, check: () => void): Promise<void> {
  if (bytes > budget.total) throw new RangeError(`${bytes} bytes are more than the whole budget of ${budget.total}.`)
  const [units, most, number] = [Math.ceil(bytes / UNIT), Math.ceil(budget.total / UNIT), words[0]!]
  await until(budget, TURN, (turn) => turn === 0 && Atomics.compareExchange(budget.words, TURN, 0, number) === 0, check)
  try {
    await until(budget, USED, (used) => used + units <= most, check)
    Atomics.add(budget.words, USED, units)
    Atomics.add(words, 1, units)
  } finally {
    endTurn(budget, number)
  }
}

/** Returns the bytes that a claim has. */
export const claimed = ({ words }: Claim): number => UNIT * words[1]!

/** Gives back all that a claim has, also for a thread that has ended. */
export function release ({ budget, words }: Claim): void {
  const units = Atomics.exchange(words, 1, 0)
  if (units > 0) {
    Atomics.sub(budget.words, USED, units)
    Atomics.notify(budget.words, USED)
  }
  endTurn(budget, words[0]!)
}

const USED = 0
const TURN = 1

/** Resolves when `holds` is true for a word. */
async function until (budget: MemoryBudget, index: number, holds: (value: number) => boolean, check: () => void): Promise<void> {
  for (;;) {
    const value = Atomics.load(budget.words, index)
    if (holds(value)) return
    await Atomics.waitAsync(budget.words, index, value, LOOK).value
    check()
  }
}

function endTurn (budget: MemoryBudget, number: number): void {
  if (Atomics.compareExchange(budget.words, TURN, number, 0) === number) Atomics.notify(budget.words, TURN)
}
