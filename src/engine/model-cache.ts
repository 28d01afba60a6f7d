import { modelUnavailable } from '../errors.ts'

export interface CacheLimits {
  /** How many may be open besides those that stay. */
  readonly count: number
  /** What all of them together, those that stay included, may take. */
  readonly bytes: number
}

/** Something open. */
export interface Closeable {
  close: () => Promise<void>
}

export interface CacheOptions<Value extends Closeable> {
  readonly limits: CacheLimits
  /** Names of those that are never closed. */
  readonly stays: ReadonlySet<string>
  /** Bytes it will take, estimated before it is opened. */
  readonly weigh: (name: string) => Promise<number>
  readonly open: (name: string) => Promise<Value>
}

/** Open models of one worker, the least recently used closed when there are too many. Works on behalf of one job at a time. */
export interface Cache<Value> {
  /**
   * The open model; it stays open until the job is over. Several calls for a model that is being opened wait for one opening.
   * @throws {FaceError} model_unavailable when it does not fit; what `weigh` and `open` throw. A failure is not kept.
   */
  use: (name: string) => Promise<Value>
  /** The job is over: nothing is in use any more, and what is beyond the limits is closed. */
  settle: () => Promise<void>
}

interface Entry<Value> {
  readonly value: Promise<Value>
  bytes: number
  isInUse: boolean
  /** Undefined while it is being opened. */
  opened: Value | undefined
}

export function createCache<Value extends Closeable> ({ limits, stays, weigh, open }: CacheOptions<Value>): Cache<Value> {
  /** The least recently used first. */
  const entries = new Map<string, Entry<Value>>()
  /** Models are opened one at a time, so that each sees what the one before has taken. */
  let turn: Promise<unknown> = Promise.resolve()

  function start (name: string): Entry<Value> {
    const value = turn.then(() => load(name, entry))
    const entry: Entry<Value> = { value, bytes: 0, isInUse: true, opened: undefined }
    turn = value.catch(() => entries.delete(name))
    return entry
  }

  async function load (name: string, entry: Entry<Value>): Promise<Value> {
    const bytes = await weigh(name)
    await evict(stays.has(name) ? 0 : 1, bytes)
    const left = limits.bytes - taken()
    if (bytes > left) throw modelUnavailable(`${name} needs about ${megabytes(bytes)} MB of memory in each worker, of which MODELS_MAX_MEMORY_MB leaves ${megabytes(left)}. Raise it, lower WORKERS, or choose a smaller model.`)
    entry.opened = await open(name)
    entry.bytes = bytes
    return entry.opened
  }

  /** Closes until `more` further ones, of `bytes`, are within the limits, or all that is left is in use or stays. */
  async function evict (more: number, bytes: number): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [name, { isInUse, opened }] of entries) {
      if (count() + more <= limits.count && taken() + bytes <= limits.bytes) break
      if (isInUse || stays.has(name) || !opened) continue
      entries.delete(name)
      closing.push(opened.close())
    }
    await Promise.all(closing)
  }

  const taken = (): number => [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  const count = (): number => [...entries].filter(([name, { opened }]) => opened && !stays.has(name)).length

  return {
    use (name) {
      const entry = entries.get(name) ?? start(name)
      entry.isInUse = true
      entries.delete(name)
      entries.set(name, entry)
      return entry.value
    },
    async settle () {
      for (const entry of entries.values()) entry.isInUse = false
      await evict(0, 0)
    }
  }
}

const megabytes = (bytes: number): number => Math.max(0, Math.floor(bytes / 2 ** 20))
