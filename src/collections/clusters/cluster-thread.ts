/** Entry of the thread that joins groups: it may compute for seconds, which would hold up the searches in their threads. */
import { internalError } from '../../errors.ts'
import { runJobs } from '../../system/worker-thread.ts'
import { type FacesToGroup, type Groups, groupsFrom } from './groups.ts'
import { type Joined, joinGroups, type JoinRequest } from './join-groups.ts'
import { pack, type PackedGroups } from './packed-groups.ts'

/** The operations that this thread runs for its pool. All arrays of the groups are in shared memory. */
export interface ClusterOperations {
  /** Makes each face a group of its own. */
  readonly begin: (faces: FacesToGroup) => Groups
  readonly pack: (packed: PackedGroups, groups: Groups, places: Int32Array) => void
  readonly join: (request: JoinRequest) => Joined
}

await runJobs<ClusterOperations>({
  open: (check) => ({
    begin: (faces) => groupsFrom(faces, SharedArrayBuffer),
    pack: (packed, groups, places) => pack(packed, groups, places, check),
    join: (request) => joinGroups(request, check)
  }),
  failed: internalError
})
