/** How well groups of faces agree with the people on them. */
export interface Agreement {
  readonly groups: number
  /** B³ (Bagga and Baldwin 1998), shares of 1, averages over the faces: of the faces in a face's group, those of its person … */
  readonly precision: number
  /** … of the faces of its person, those in its group … */
  readonly recall: number
  /** … and the harmonic mean of both. */
  readonly f: number
  /** Pairs of faces of two people that are in one group. */
  readonly wrongPairs: number
}

/** Compares the groups of faces with the people that they show, both as one value for each face. */
export function bCubed (groups: ArrayLike<number>, people: readonly string[]): Agreement {
  const ofGroup = new Map<number, number>()
  const ofPerson = new Map<string, number>()
  const ofBoth = new Map<string, number>()
  const bothOf = (i: number): string => `${groups[i]} ${people[i]}`
  people.forEach((person, i) => {
    count(ofGroup, groups[i]!)
    count(ofPerson, person)
    count(ofBoth, bothOf(i))
  })
  let precision = 0
  let recall = 0
  people.forEach((person, i) => {
    const shared = ofBoth.get(bothOf(i))! / people.length
    precision += shared / ofGroup.get(groups[i]!)!
    recall += shared / ofPerson.get(person)!
  })
  const f = 2 * precision * recall / (precision + recall)
  return { groups: ofGroup.size, precision, recall, f, wrongPairs: pairsIn(ofGroup) - pairsIn(ofBoth) }
}

function count<Key> (counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

const pairsIn = (counts: ReadonlyMap<unknown, number>): number => [...counts.values()].reduce((sum, size) => sum + size * (size - 1) / 2, 0)
