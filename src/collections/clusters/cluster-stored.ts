import { riseOf } from '../../match/group-shift.ts'
import type { Clusters, ClusterStoredOptions } from '../contract.ts'
import type { Searcher } from '../search/searcher.ts'
import type { Snapshot, SnapshotOptions } from './snapshot.ts'

/** Share of the time that reading the faces takes, and share after the first search for neighbours: measured with 100,000 faces of SQLite. */
const READ = 0.1
const FOUND = 0.9

/** Groups all faces of a collection as they are when `read` has read them. */
export async function clusterStored (
  read: (options: SnapshotOptions) => Promise<Snapshot>,
  length: number,
  { cluster }: Pick<Searcher, 'cluster'>,
  { ruleOf, shifts, signal, onProgress }: ClusterStoredOptions
): Promise<Clusters> {
  const { keys, embeddings, ages, asOf } = await read({ signal, onProgress: (share) => onProgress(READ * share) })
  const rises = shifts && ages.map((age) => riseOf(shifts, age))
  const numbers = await cluster({ embeddings, length, rises, rule: ruleOf(keys.length) }, {
    signal, onProgress: (share) => onProgress(READ + (FOUND - READ) * share)
  })
  return { keys, numbers, asOf }
}
