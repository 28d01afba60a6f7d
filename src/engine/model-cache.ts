import { modelUnavailable } from '../errors.ts'

/** Limits of the open models of one worker. */
export interface CacheLimits {
  /** Most open models, pinned ones excluded. */
  readonly count: number
  /** Most bytes of all open models, pinned ones included. */
  readonly bytes: number
}

export interface Closeable {
  close: () => Promise<void>
}

export interface CacheOptions<Value extends Closeable> {
  readonly limits: CacheLimits
  /** Names of the pinned models, which are never closed. */
  readonly pinned: ReadonlySet<string>
  /** Estimates the bytes of a model before it is opened. */
  readonly weigh: (name: string) => Promise<number>
  readonly open: (name: string) => Promise<Value>
}

/** The open models of one worker; when there are too many, the least recently used is closed. It serves one job at a time. */
export interface Cache<Value> {
  /**
   * Returns the model, opened when it is not; it stays open until the job ends. Concurrent calls for one model share its opening.
   * @throws {FaceError} model_unavailable when it does not fit; what `weigh` and `open` throw. A failure is not kept.
   */
  use: (name: string) => Promise<Value>
  /** Ends the job: no model is in use any more, and those beyond the limits are closed. */
  settle: () => Promise<void>
}

interface Entry<Value> {
  readonly value: Promise<Value>
  bytes: number
  isInUse: boolean
  /** Undefined while the model is being opened. */
  opened: Value | undefined
}

/**
 * Creates a cache of open models.
 *
 * @example
 * const cache = createCache({ limits: { count: 2, bytes: 1e9 }, pinned: new Set(['SFace']), weigh, open })
 * const model = await cache.use('retinaface')
 * await cache.settle()
 */
export function createCache<Value extends Closeable> ({ limits, pinned, weigh, open }: CacheOptions<Value>): Cache<Value> {
  /** By name, the least recently used first. */
  const entries = new Map<string, Entry<Value>>()
  /** Models are opened one at a time, so that each is weighed against the memory that the one before has taken. */
  let turn: Promise<unknown> = Promise.resolve()

  function start (name: string): Entry<Value> {
    const value = turn.then(() => load(name, entry))
    const entry: Entry<Value> = { value, bytes: 0, isInUse: true, opened: undefined }
    turn = value.catch(() => entries.delete(name))
    return entry
  }

  async function load (name: string, entry: Entry<Value>): Promise<Value> {
    const bytes = await weigh(name)
    await evict(pinned.has(name) ? 0 : 1, bytes)
    const left = limits.bytes - taken()
    if (bytes > left) {
      throw modelUnavailable(`${name} needs about ${megabytes(bytes)} MB of memory in each worker, of which MODELS_MAX_MEMORY_MB leaves ${megabytes(left)}. Raise it, lower WORKERS, or choose a smaller model.`)
    }
    entry.opened = await open(name)
    entry.bytes = bytes
    return entry.opened
  }

  /** Closes models until `more` further ones, of `bytes` in all, fit within the limits, or until the rest are in use or pinned. */
  async function evict (more: number, bytes: number): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [name, { isInUse, opened }] of entries) {
      if (count() + more <= limits.count && taken() + bytes <= limits.bytes) break
      if (isInUse || pinned.has(name) || !opened) continue
      entries.delete(name)
      closing.push(opened.close())
    }
    await Promise.all(closing)
  }

  const taken = (): number => [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  const count = (): number => [...entries].filter(([name, { opened }]) => opened && !pinned.has(name)).length

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
