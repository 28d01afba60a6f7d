/**
 * Maps keys to rows, in a bit more than four bytes a key: a table of rows, open addressing with linear probing. The keys themselves are stored
 * in the rows. A Map would take ten times as much.
 */
export interface KeyMap {
  readonly row: (key: number) => number | undefined
  /** Maps a key that is not in the map yet. */
  readonly add: (key: number, row: number) => void
  /** Maps a known key to another row. */
  readonly move: (key: number, row: number) => void
  readonly delete: (key: number) => void
  readonly bytes: () => number
}

/** Load factor at which the table grows. */
const MOST_FULL = 0.8

/** @param keyOf returns the key of a row. */
export function createKeyMap (keyOf: (row: number) => number): KeyMap {
  /** Row + 1; 0 marks an empty place. */
  let table = new Uint32Array(64)
  let count = 0

  const home = (key: number): number => (Math.imul(key % 2 ** 32, 0x9e3779b1) >>> 0) % table.length
  const after = (place: number): number => place + 1 === table.length ? 0 : place + 1

  /** Place of the key, or the empty place where it belongs. */
  function placeOf (key: number): number {
    let place = home(key)
    while (table[place] !== 0 && keyOf(table[place]! - 1) !== key) place = after(place)
    return place
  }

  function grow (): void {
    const old = table
    // By half, not to twice the size, to save memory.
    table = new Uint32Array(Math.ceil(old.length * 1.5))
    for (const entry of old) if (entry !== 0) table[placeOf(keyOf(entry - 1))] = entry
  }

  return {
    row (key) {
      const entry = table[placeOf(key)]!
      return entry === 0 ? undefined : entry - 1
    },
    add (key, row) {
      if (count + 1 > table.length * MOST_FULL) grow()
      table[placeOf(key)] = row + 1
      count++
    },
    move (key, row) { table[placeOf(key)] = row + 1 },
    delete (key) {
      let hole = placeOf(key)
      if (table[hole] === 0) return
      table[hole] = 0
      count--
      // Entries behind the hole move up where their search would otherwise end at it.
      for (let place = after(hole); table[place] !== 0; place = after(place)) {
        const start = home(keyOf(table[place]! - 1))
        const stays = hole < place ? start > hole && start <= place : start > hole || start <= place
        if (stays) continue
        table[hole] = table[place]!
        table[place] = 0
        hole = place
      }
    },
    bytes: () => table.byteLength
  }
}
