import type { Pass } from '../../src/onnx/graph/graph.ts'
import { prune } from '../../src/onnx/passes/prune.ts'
import { removeIdentities } from '../../src/onnx/passes/remove-identities.ts'
import { rewrite } from '../../src/onnx/passes/rewrite.ts'

/** What `convert` does, but for the input: these tests give pictures that are no bytes. */
export const rewritten: Pass = (graph) => rewrite(removeIdentities(prune(graph)))
