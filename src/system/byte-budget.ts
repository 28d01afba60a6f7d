/** Bytes of memory that many share, counted in one thread. */
export interface ByteBudget {
  /** Bytes of all together. */
  readonly total: number
  /** Bytes that are taken. */
  readonly taken: () => number
  /** Takes bytes if there are so many left besides `spare`; false, and nothing is taken, otherwise. */
  readonly take: (bytes: number, spare?: number) => boolean
  readonly giveBack: (bytes: number) => void
}

export function byteBudget (total: number): ByteBudget {
  let taken = 0
  return {
    total,
    taken: () => taken,
    take (bytes, spare = 0) {
      if (taken + bytes + spare > total) return false
      taken += bytes
      return true
    },
    giveBack (bytes) { taken -= bytes }
  }
}
