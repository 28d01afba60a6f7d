import type { Pass } from '../../src/converter/graph/graph.ts'
import { prune } from '../../src/converter/passes/prune.ts'
import { removeIdentities } from '../../src/converter/passes/remove-identities.ts'
import { rewrite } from '../../src/converter/passes/rewrite.ts'

/** Applies the passes of `convert` except the pixel input: these tests feed pictures that are not bytes. */
export const rewritten: Pass = (graph) => rewrite(removeIdentities(prune(graph)))
