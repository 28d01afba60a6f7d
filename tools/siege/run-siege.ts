import { setTimeout } from 'node:timers/promises'
import { type Attack, DEFAULT_BOUNDS, type Target } from './attack.ts'
import { type Answer, open } from './exchange.ts'
import { countStatuses, judgeAnswers } from './judge.ts'
import { represent, times } from './requests.ts'
import { watch } from './watch.ts'

export interface SiegeOptions {
  readonly target: Target
  readonly attacks: readonly Attack[]
  /** Seconds after which no further attack begins; one that has begun ends. */
  readonly seconds: number
  /** How often the attacks are repeated in that time; without an end when left out. */
  readonly rounds?: number
  /** Process of the service, where it runs on this machine. */
  readonly pid?: number | undefined
  /** Milliseconds that /health may take. */
  readonly holdUp: number
  /** Bytes that the service may have of the machine. */
  readonly memory: number
  readonly report?: (result: AttackResult) => void
}

export interface AttackResult {
  readonly name: string
  readonly sends: string
  /** Sentences about bounds that were broken; empty when all were kept. */
  readonly broken: readonly string[]
  /** Statuses of the answers. */
  readonly statuses: string
  /** Seconds that the attack took, and seconds until ordinary photos were answered after it. */
  readonly seconds: number
  readonly recovery: number
  /** Longest time that /health took, in milliseconds. */
  readonly longest: number
  /** Largest memory of the service, in bytes; 0 when unknown. */
  readonly memory: number
}

/** Seconds for one attack: the longest is a client that trickles until the service gives up. */
const LONGEST = 120
/** Seconds in which an ordinary photo must come back for the siege to go on. */
const GIVE_UP = 120

/** Runs attacks one after the other and checks their bounds. It ends early when the service is gone. */
export async function runSiege ({ target, attacks, seconds, rounds = Infinity, pid, holdUp, memory, report }: SiegeOptions): Promise<AttackResult[]> {
  const end = performance.now() + seconds * 1000
  const results: AttackResult[] = []
  const workers = await workersOf(target)
  const watcher = watch({ origin: target.origin.origin, headers: target.headers, pid })
  try {
    for (let i = 0; i < attacks.length * rounds && performance.now() < end; i++) {
      const attack = attacks[i % attacks.length]!
      const bounds = { ...DEFAULT_BOUNDS, ...attack.bounds }
      await watcher.look()
      const begin = performance.now()
      const answers = await bounded(attack.run(target))
      const took = (performance.now() - begin) / 1000
      const recovery = await recoveryOf(target, workers)
      const sight = await watcher.look()
      const result = {
        name: attack.name,
        sends: attack.sends,
        statuses: answers ? countStatuses(answers) : 'not ended',
        seconds: took,
        recovery,
        ...sight,
        broken: [
          ...answers ? judgeAnswers(answers, bounds) : [`not ended after ${LONGEST} s`],
          ...sight.longest > holdUp ? [`/health took ${sight.longest.toFixed(0)} ms, more than ${holdUp}`] : [],
          ...sight.memory > memory ? [`the service took ${(sight.memory / 1e6).toFixed(0)} MB, more than ${(memory / 1e6).toFixed(0)}`] : [],
          ...recovery > bounds.recovered ? [`ordinary photos were answered after ${recovery.toFixed(1)} s, more than ${bounds.recovered}`] : []
        ]
      }
      results.push(result)
      report?.(result)
      if (recovery === Infinity) break
    }
  } finally {
    await watcher.close()
  }
  return results
}

/** Returns the answers of an attack; undefined when it takes longer than LONGEST. */
async function bounded (running: Promise<readonly Answer[]>): Promise<readonly Answer[] | undefined> {
  const stop = new AbortController()
  try {
    return await Promise.race([running, setTimeout(LONGEST * 1000, undefined, { signal: stop.signal })])
  } finally {
    stop.abort()
  }
}

/** Returns the number of workers of the service; 2 where it does not serve metrics. */
async function workersOf ({ origin, headers }: Target): Promise<number> {
  const text = await (await fetch(new URL('/metrics', origin), { headers })).text()
  return Number(/^visage_workers (\d+)/m.exec(text)?.[1] ?? 2)
}

/** Returns after how many seconds the service has answered as many ordinary photos at once as it has workers; Infinity when it does not. */
async function recoveryOf (target: Target, workers: number): Promise<number> {
  const begin = performance.now()
  for (;;) {
    const answers = await times(workers, () => represent(target, target.photo))
    const seconds = (performance.now() - begin) / 1000
    if (answers.every(({ status }) => status === 200)) return seconds
    if (seconds > GIVE_UP || await isGone(target)) return Infinity
    await setTimeout(200)
  }
}

/** Whether nobody listens any more. */
const isGone = async ({ origin }: Target): Promise<boolean> => await new Promise((resolve) => {
  const socket = open(origin)
  socket.once('connect', () => resolve(false)).once('error', () => resolve(true)).once('close', () => resolve(true))
  socket.once('connect', () => socket.destroy())
})
