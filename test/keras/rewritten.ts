import type { Pass } from '../../src/converter/graph/graph.ts'
import { prune } from '../../src/converter/passes/prune.ts'
import { removeIdentities } from '../../src/converter/passes/remove-identities.ts'
import { rewrite } from '../../src/converter/passes/rewrite.ts'

/** What `convert` does, but for the input: these tests give pictures that are no bytes. */
export const rewritten: Pass = (graph) => rewrite(removeIdentities(prune(graph)))
