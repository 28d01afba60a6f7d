/** Letters that may differ between a name and the one that was meant; one in a short name. */
const MOST_EDITS = 2
const SHORT = 8

/**
 * Sentences about variables that the service does not know: every one of a `.env` file, where nothing else belongs, and those of the
 * environment that are close to a known name, where hundreds of others are normal.
 *
 * @param known the names of all variables of the service.
 */
export function unknownVariables (file: NodeJS.ProcessEnv, environment: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const inFile = Object.keys(file).filter((name) => !known.includes(name)).map((name) => {
    const near = nearest(name, known)
    return `${JSON.stringify(name)} in the .env file is no variable of this service and has no effect.${near === undefined ? '' : ` Was ${near} meant?`}`
  })
  const outside = Object.keys(environment).filter((name) => !known.includes(name) && !Object.hasOwn(file, name)).flatMap((name) => {
    const near = nearest(name, known)
    return near === undefined ? [] : [`${JSON.stringify(name)} in the environment is no variable of this service. Was ${near} meant?`]
  })
  return [...inFile, ...outside]
}

/** Returns the known name that is closest to `name`; undefined when all are too far. Case, signs between words and invisible characters count nothing. */
function nearest (name: string, known: readonly string[]): string | undefined {
  const bare = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')
  const own = bare(name)
  const [best] = known
    .map((other) => ({ other, edits: distance(own, bare(other)) }))
    .filter(({ other, edits }) => edits <= (Math.min(own.length, bare(other).length) < SHORT ? 1 : MOST_EDITS))
    .sort((p, q) => p.edits - q.edits)
  return best?.other
}

/** Edits that turn `a` into `b`: Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966. */
function distance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
