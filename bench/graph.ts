/**
 * What rewriting makes of each network: the graph that is run beside the one its authors published (a TF.js model: translated
 * node by node), on the same pixels in the same run, one thread, in turns. Prints ms a run (min / median), and how far the
 * outputs are apart. Takes names of models; the default ones when there are none.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { pino } from 'pino'
import { readConfig } from '../src/config.ts'
import { defaultModels } from '../src/engine/open.ts'
import type { Card } from '../src/models/card.ts'
import { cardNamed } from '../src/models/index.ts'
import { graphConversion } from '../src/models/parts.ts'
import { importGraph } from '../src/onnx/convert.ts'
import { encode } from '../src/onnx/graph/encode.ts'
import { sourcePath } from '../src/store/layout.ts'
import { openStore, START_PATIENCE } from '../src/store/store.ts'
import { median, spread } from './statistics.ts'

const { values: { runs: runsText }, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string', default: '20' } } })
const runs = Number(runsText)

/** Side of the input where the rewritten network takes any: the only one that the published RetinaFace takes. */
const SIDE = 640

/** Faces at once: one, and what a photo of a group gives. Detectors see one picture at a time. */
const BATCHES = { recognition: [1, 8], attributes: [1, 8], 'anti-spoofing': [1, 8], detection: [1] } as const

const config = readConfig(process.env)
const store = openStore({ folder: config.MODELS_PATH, mirror: config.MODELS_MIRROR, offline: config.MODELS_OFFLINE, licences: config.MODEL_LICENSES, log: pino({ level: 'warn' }) })
const open = (model: string | Uint8Array) => InferenceSession.create(model as string, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 })

console.log(`ms a run, one thread, min / median of ${runs}\n${'model'.padEnd(14)} batch         published         rewritten   faster   largest difference`)
for (const name of positionals.length > 0 ? positionals : defaultModels('SFace', 'retinaface')) await compare(cardNamed(name))
await store.close()

async function compare (card: Card): Promise<void> {
  const rewritten = await open(await store.ensure(card, { patience: START_PATIENCE }))
  const files = new Map(await Promise.all(card.files.map(async (file) => [file.name, await readFile(sourcePath(config.MODELS_PATH, file))] as const)))
  const published = await open(encode(importGraph(graphConversion(card), files)))

  for (const batch of BATCHES[card.task]) {
    const { pixels, planes } = inputs(card, batch)
    const theirs = { [published.inputNames[0]!]: planes }
    const ours = { image: pixels }
    // Published graphs may promise one face only.
    if (batch > 1 && !await published.run(theirs).then(() => true, () => false)) continue
    const difference = furthest(await published.run(theirs), await rewritten.run(ours))
    const [before, after]: [number[], number[]] = [[], []]
    for (let i = 0; i < runs; i++) {
      before.push(await timed(() => published.run(theirs)))
      after.push(await timed(() => rewritten.run(ours)))
    }
    console.log(`${card.name.padEnd(14)} ${String(batch).padStart(5)}  ${spread(before)}  ${spread(after)}  ${(median(before) / median(after)).toFixed(2).padStart(6)}×  ${difference.toExponential(1).padStart(8)}`)
  }
}

async function timed (run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** The same picture twice: as bytes row by row, and as float32 planes in the order and scale that the published graph wants. */
function inputs (card: Card, batch: number): { pixels: Tensor, planes: Tensor } {
  const { type, channels, mean, std, size: [height, width] = [SIDE, SIDE] } = graphConversion(card).input
  const count = channels === 'GRAY' ? 1 : 3
  const pixels = new (type ? Float32Array : Uint8Array)(batch * height * width * count)
  const planes = new Float32Array(pixels.length)
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < count; c++) {
      const from = channels === 'BGR' ? count - 1 - c : c
      for (let i = 0; i < height * width; i++) {
        // Waves, so that the networks have something to look at.
        const [x, y] = [i % width, Math.floor(i / width)]
        const value = Math.round(127 + 60 * Math.sin(x / (9 + from) + n) + 60 * Math.cos(y / (13 - from)))
        pixels[(n * height * width + i) * count + from] = value
        planes[(n * count + c) * height * width + i] = (value - mean[c]!) / std[c]!
      }
    }
  }
  return { pixels: new Tensor(pixels, [batch, height, width, count]), planes: new Tensor('float32', planes, [batch, count, height, width]) }
}

/** Largest difference of any output both have, in parts of that output's largest value. */
function furthest (theirs: InferenceSession.OnnxValueMapType, ours: InferenceSession.OnnxValueMapType): number {
  return Math.max(...Object.keys(ours).map((name) => {
    const [a, b] = [theirs[name]!.data as Float32Array, ours[name]!.data as Float32Array]
    const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest
  }))
}
