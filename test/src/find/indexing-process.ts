/** A process for tests to kill: indexes a folder and reports how many photos it represented. Arguments: folder, milliseconds for each photo. */
import { setTimeout } from 'node:timers/promises'
import { openFolderIndex } from '../../../src/find/folder-index.ts'
import { readingEngine } from './reading-engine.ts'

const [root, pause] = process.argv.slice(2)
const engine = readingEngine()
engine.before = async () => {
  await setTimeout(Number(pause))
  process.send?.('looked')
}
const log = { info: () => {}, warn: () => {} }
const key = { model: 'SFace', detector: 'retinaface', pipeline: 'native', normalization: 'base', align: true, expandPercentage: 0, enforceDetection: true, weights: 'test' } as const
const index = openFolderIndex({ root: root!, engine, key, log, checkpointMs: 0 })
const { hits, warnings } = await index.find([Float32Array.of(1, 0)], { metric: 'cosine', threshold: Infinity, k: undefined, refresh: true })
await index.close()
process.send?.({ looked: engine.seen.length, hits: hits[0]?.length, warnings })
process.disconnect?.()
