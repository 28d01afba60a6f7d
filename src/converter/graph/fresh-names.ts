/**
 * Returns a function that makes names unique: it returns its hint, with a number appended when that is among `names` or was returned
 * before.
 */
export function uniqueNames (names: Iterable<string> = []): (hint: string) => string {
  const taken = new Set(names)
  const next = new Map<string, number>()
  return (hint) => {
    let name = hint
    while (taken.has(name)) {
      const number = next.get(hint) ?? 2
      next.set(hint, number + 1)
      name = `${hint}_${number}`
    }
    taken.add(name)
    return name
  }
}
