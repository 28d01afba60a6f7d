import type { Pass } from '../graph/graph.ts'
import { absorbAffine } from './absorb-affine.ts'
import { delayAffine } from './delay-affine.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { mergeClips } from './merge-clips.ts'
import { prune } from './prune.ts'
import { shareConstants } from './share-constants.ts'
import { splitPrelu } from './split-prelu.ts'

/** The order matters: each pass leaves what the next ones look for. */
const PASSES = [foldBatchNorm, delayAffine, splitPrelu, absorbAffine, mergeClips, shareConstants, prune] as const satisfies readonly Pass[]

/** Rewrites a graph into operations that ONNX Runtime runs fast. */
export const rewrite: Pass = (graph) => PASSES.reduce<ReturnType<Pass>>((result, pass) => pass(result), graph)
