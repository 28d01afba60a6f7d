/** Gives every hint back, with a number behind it where the name is taken: by `names`, or by an earlier call. */
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
