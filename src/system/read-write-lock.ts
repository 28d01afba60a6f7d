/** Lets many read at once, or one change things; who comes first goes first. */
export interface ReadWriteLock {
  readonly shared: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly exclusive: <Result>(work: () => Result) => Promise<Result>
}

export function createReadWriteLock (): ReadWriteLock {
  let readers = 0
  const waiting: Array<{ readonly reads: boolean, readonly enter: () => void }> = []

  /** Lets in who may: a change only when nobody reads. It ends within its turn of the event loop. */
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
