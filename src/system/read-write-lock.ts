/** Admits many readers at once or one writer, in the order of their calls. */
export interface ReadWriteLock {
  /** Runs `work` while no writer runs. */
  readonly shared: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Runs `work`, which is synchronous, while no reader runs. */
  readonly exclusive: <Result>(work: () => Result) => Promise<Result>
}

/**
 * Creates a lock for the readers and writers of this process.
 *
 * @example
 * const lock = createReadWriteLock()
 * const found = await lock.shared(() => search(query))
 * await lock.exclusive(() => { rows.push(row) })
 */
export function createReadWriteLock (): ReadWriteLock {
  let readers = 0
  const waiting: Array<{ readonly reads: boolean, readonly enter: () => void }> = []

  /** Admits the calls whose turn it is, a writer only when no reader runs. A writer ends before this returns. */
  function next (): void {
    while (waiting.length > 0) {
      const { reads, enter } = waiting[0]!
      if (!reads && readers > 0) return
      waiting.shift()
      if (reads) readers++
      enter()
    }
  }

  return {
    async shared (work) {
      await new Promise<void>((resolve) => { waiting.push({ reads: true, enter: resolve }); next() })
      try {
        return await work()
      } finally {
        readers--
        next()
      }
    },
    exclusive: (work) => new Promise((resolve, reject) => {
      waiting.push({
        reads: false,
        enter () {
          try {
            resolve(work())
          } catch (error) {
            reject(error)
          }
        }
      })
      next()
    })
  }
}
