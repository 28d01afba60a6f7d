import type { Imports, SourceText } from './read-imports.ts'
import { type Room, roomOf } from './rooms-table.ts'

/** Imports of one room from another. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly imports: number
}

/** Structure of the sources, measured against the order that `rooms.json` states. */
export interface Structure {
  readonly files: number
  readonly rooms: number
  readonly arrows: readonly Arrow[]
  /** Imports from a room into one that stands above it in the table: `from → to`. */
  readonly upward: readonly string[]
  /** Imports that the table does not allow. */
  readonly forbidden: readonly string[]
  /** Groups of files that import each other in a cycle. */
  readonly fileCycles: ReadonlyArray<readonly string[]>
  readonly roomCycles: ReadonlyArray<readonly string[]>
  /** Files that belong to no room of the table. */
  readonly homeless: readonly string[]
  /** Number of lines in a file. */
  readonly lengths: { readonly median: number, readonly p90: number, readonly most: number }
  /** `file:line` of each line over 160 characters, see `longLines`. */
  readonly long: readonly string[]
}

/** Computes the structure of `sources`. Only arrows between two rooms of the table count. */
export function structureOf (sources: readonly SourceText[], imports: Imports, rooms: readonly Room[]): Structure {
  const place = new Map(rooms.map(({ name }, i) => [name, i]))
  const counts = new Map<string, number>()
  const [upward, forbidden]: [string[], string[]] = [[], []]
  for (const [path, targets] of imports) {
    const from = roomOf(path, rooms)
    for (const target of targets) {
      const to = roomOf(target, rooms)
      if (from === undefined || to === undefined || from === to) continue
      counts.set(`${from} ${to}`, (counts.get(`${from} ${to}`) ?? 0) + 1)
      if (place.get(to)! < place.get(from)!) upward.push(`${path} → ${target}`)
      const allowed = rooms[place.get(from)!]!.imports
      if (allowed !== 'all' && !allowed.includes(to)) forbidden.push(`${path} → ${target}`)
    }
  }
  const arrows = [...counts].map(([key, imports]): Arrow => {
    const [from, to] = key.split(' ') as [string, string]
    return { from, to, imports }
  })
  const lengths = sources.map(({ text }) => text.split('\n').length - 1).sort((a, b) => a - b)
  const quantile = (q: number): number => lengths[Math.min(lengths.length - 1, Math.floor(q * lengths.length))] ?? 0
  return {
    files: sources.length,
    rooms: new Set(sources.map(({ path }) => roomOf(path, rooms))).size,
    arrows,
    upward,
    forbidden,
    fileCycles: cyclesOf(imports),
    roomCycles: cyclesOf(new Map(rooms.map(({ name }) => [name, arrows.filter(({ from }) => from === name).map(({ to }) => to)]))),
    homeless: sources.map(({ path }) => path).filter((path) => roomOf(path, rooms) === undefined),
    lengths: { median: quantile(0.5), p90: quantile(0.9), most: lengths.at(-1) ?? 0 },
    long: sources.flatMap(longLines)
  }
}

/** Returns the strongly connected groups of more than one node: Tarjan, "Depth-first search and linear graph algorithms", 1972. */
export function cyclesOf (graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const isOpen = new Set<string>()

  function visit (node: string): void {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    isOpen.add(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (isOpen.has(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== index.get(node)) return
    const group = stack.splice(stack.indexOf(node))
    for (const member of group) isOpen.delete(member)
    if (group.length > 1) found.push(group.sort())
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}

/** Limit of the characters in a line. */
const LONGEST_LINE = 160

/** Data files: cards of models, measured coefficients. */
const DATA = /(cards?|calibration|deepface-coefficients)\.ts$/

/** Returns the lines of code and comments that are too long. Quoted text does not count: a sentence for a user may stay on one line. */
export function longLines ({ path, text }: SourceText): string[] {
  if (DATA.test(path)) return []
  return text.split('\n').flatMap((line, i) => {
    const code = line.replace(/'(?:[^'\\]|\\.)*'/g, "''").replace(/`(?:[^`\\]|\\.)*`/g, '``')
    return code.length > LONGEST_LINE ? [`${path}:${i + 1}`] : []
  })
}
