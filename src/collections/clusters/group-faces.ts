import { cluster, workHere } from './cluster.ts'
import { type FacesToGroup, groupsFrom } from './groups.ts'
import type { JoinRule } from './join-rule.ts'

export interface GroupRequest extends FacesToGroup {
  readonly rule: JoinRule
}

/** Most faces that one request groups, while its client waits. */
export const MOST_GROUPED = 2000

/**
 * Groups faces that show the same person in the calling thread; returns the number of its group for each face, in the order of the groups'
 * first faces. 2,000 faces of 512 values take about a second.
 * @param check throws when the request is no longer wanted.
 */
export const groupFaces = ({ rule, ...faces }: GroupRequest, check: () => void = () => {}): Promise<Int32Array> =>
  cluster(groupsFrom({ ...faces, embeddings: faces.embeddings.slice() }), rule, workHere(check))
