import { clopperPearson } from './clopper-pearson.ts'
import type { Judge, JudgedFace } from './judged-faces.ts'
import type { Person } from './utkface.ts'

/** Ages in years, both included. */
export interface AgeGroup {
  readonly from: number
  readonly to: number
}

/** Groups of children of very different likeness, and adults. */
export const AGE_GROUPS: readonly AgeGroup[] = [0, 3, 7, 13, 18, 30, 45, 60].map((from, i, all) => ({ from, to: (all[i + 1] ?? Infinity) - 1 }))

/** A photo of a person of whom there is no other. */
export interface Subject {
  readonly person: Person
  readonly face: JudgedFace
}

/** Pairs of two people, and how many of them are taken for one. */
export interface FalseMatches {
  readonly pairs: number
  readonly fixed: number
  /** NaN for a recogniser whose thresholds do not move. */
  readonly adaptive: number
}

const isIn = ({ person: { age } }: Subject, { from, to }: AgeGroup): boolean => age >= from && age <= to

/** Compares every photo of `some` with every one of `others`, each pair once and none with itself. */
export function falseMatches (some: readonly Subject[], others: readonly Subject[], { fixed, adaptive }: Judge): FalseMatches {
  const found = { pairs: 0, fixed: 0, adaptive: adaptive ? 0 : NaN }
  for (const [i, a] of some.entries()) {
    for (const b of some === others ? others.slice(i + 1) : others) {
      found.pairs++
      if (fixed(a.face, b.face)) found.fixed++
      if (adaptive?.(a.face, b.face)) found.adaptive++
    }
  }
  return found
}

/** The people of each age group, in the order of AGE_GROUPS. */
export const byAge = (subjects: readonly Subject[]): Subject[][] => AGE_GROUPS.map((group) => subjects.filter((subject) => isIn(subject, group)))

/** Adults of one gender, and of one origin and gender, as their photos are labelled. */
export function byLabel (subjects: readonly Subject[]): Map<string, Subject[]> {
  const adults = subjects.filter(({ person }) => person.age >= 18)
  const groups = new Map<string, Subject[]>()
  for (const subject of adults) {
    const { gender, race } = subject.person
    for (const label of [gender, race && `${race} ${gender}`]) if (label) groups.set(label, [...groups.get(label) ?? [], subject])
  }
  return new Map([...groups].sort(([p], [q]) => p < q ? -1 : 1))
}

/** Writes a share of pairs in percent, with its interval of 95 %: `0.39 (0.12-0.91)`. */
export function shareText (count: number, of: number): string {
  if (of === 0 || Number.isNaN(count)) return '-'
  const { least, most } = clopperPearson(count, of)
  const percent = (share: number): string => String(Number((100 * share).toPrecision(2)))
  return `${percent(count / of)} (${percent(least)}-${percent(most)})`
}
