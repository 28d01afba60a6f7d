import { eachLimit } from '../../system/async.ts'
import { type Groups, numbered, placesOf } from './groups.ts'
import { type Joined, joinGroups, type JoinRequest } from './join-groups.ts'
import type { JoinRule } from './join-rule.ts'
import { type NearGroups, nearGroups, type NearRequest } from './near-groups.ts'
import { pack, type PackedGroups, packedMemory } from './packed-groups.ts'

/** The work of clustering, here or in threads. */
export interface ClusterWork {
  /** Number of calls of `near` that run at once. */
  readonly threads: number
  readonly pack: (packed: PackedGroups, groups: Groups, places: Int32Array) => Promise<void> | void
  readonly near: (request: NearRequest) => Promise<NearGroups> | NearGroups
  readonly join: (request: JoinRequest) => Promise<Joined> | Joined
  /** Called with the share of the first search that is done, 0..1: nearly all of the time of a crowd. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** Groups whose neighbours one call looks for: of 100,000 faces of 128 values it takes about 40 ms. */
const AT_ONCE = 64

/**
 * A search goes down to the threshold that holds when so many times fewer groups are left, so that those that have not changed need not be
 * looked for again before.
 */
const AHEAD = 3

/**
 * Groups faces by person: starting from single faces, joins the two most alike groups, until none is alike enough by `rule`. In rounds, because
 * memory cannot hold all pairs: finds the pairs that are near enough, joins what is alike, then finds the pairs of those that changed.
 * Returns the number of its group for each face, in the order of the groups' first faces.
 */
export async function cluster (groups: Groups, rule: JoinRule, work: ClusterWork): Promise<Int32Array> {
  const { length, stamps } = groups
  const packed = packedMemory(stamps.length, length, work.threads)
  let places = placesOf(groups)
  let isNew: (place: number) => boolean = () => true
  let pairs: Int32Array = new Int32Array(0)
  let floor = Infinity
  for (let round = 0; ; round++) {
    const isHalf = rule.least[places.length]! < floor
    if (isHalf) floor = rule.least[Math.ceil(places.length / AHEAD)]!
    const rows = Int32Array.from(places.keys()).filter((row) => isHalf || isNew(places[row]!))
    await work.pack(packed, groups, places)
    const before = stamps.slice()
    const near = { groups, packed, places, rows, isHalf, least: floor }
    const { found, crowded } = await nearOf(near, { ...work, onProgress: round === 0 ? work.onProgress : undefined })
    const joined = await work.join({ groups, rule, count: places.length, pairs: concat([pairs, ...found]) })
    if (joined.count === places.length) return numbered(groups)
    pairs = joined.pairs
    const open = new Set(crowded.map((row) => places[row]!))
    places = placesOf(groups)
    isNew = (place) => stamps[place] !== before[place] || open.has(place)
  }
}

/** Searches for the neighbours of all rows, as many at a time as there are threads. */
async function nearOf (request: NearRequest, { near, threads, onProgress }: ClusterWork): Promise<{ found: Int32Array[], crowded: Int32Array }> {
  const { rows } = request
  const found: NearGroups[] = []
  let done = 0
  await eachLimit([...Array(Math.ceil(rows.length / AT_ONCE)).keys()], threads, async (part) => {
    const asked = rows.slice(part * AT_ONCE, (part + 1) * AT_ONCE)
    found[part] = await near({ ...request, rows: asked })
    done += asked.length
    onProgress?.(done / rows.length)
  })
  return { found: found.map(({ pairs }) => pairs), crowded: concat(found.map(({ crowded }) => crowded)) }
}

function concat (parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The work in the calling thread. @param check throws when it is no longer wanted. */
export const workHere = (check: () => void): ClusterWork => ({
  threads: 1,
  pack: (packed, groups, places) => pack(packed, groups, places, check),
  near: (request) => nearGroups(request, check),
  join: (request) => joinGroups(request, check)
})
