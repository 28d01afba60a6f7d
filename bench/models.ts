/**
 * What converting makes of each network: the graph that is run beside a plain conversion of the same files, on the same pixels in
 * the same run, one thread, in turns. The plain one takes pixels too, but has every operation as published, BatchNorm by itself, and
 * channels last with a Transpose on both sides of what ONNX knows otherwise, where the files have them last (TensorFlow, TF.js, TFLite,
 * Keras). ONNX Runtime optimises both as far as it can. Prints ms a face (min / median), and how far the outputs are apart; ends with 1 when a
 * graph is slower than the plain one or computes something else.
 *
 * Takes names of models; the whole catalogue when there are none. Keras files that cannot be had are made of formula weights, as
 * ../shared/keras describes them; a network without either is left out, and named.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { pino } from 'pino'
import { readConfig } from '../src/config/config.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import type { GraphConversion } from '../src/converter/conversion.ts'
import { importGraph, optimise, withPixels } from '../src/converter/convert.ts'
import { encode } from '../src/converter/graph/encode-model.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { sourcePath } from '../src/model-store/store-layout.ts'
import type { Card } from '../src/models/card.ts'
import { cardNamed, cards } from '../src/models/catalogue.ts'
import { graphConversion, partsOf } from '../src/models/model-files.ts'
import { channelsLast } from './channels-last.ts'
import { descriptionOf, packFormula } from './formula.ts'
import { median, seconds, spread } from './statistics.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: '2' } } })
/** How long both graphs take turns, in ms. */
const duration = 2 * 1000 * Number(values.seconds)

/** Side of the input where a network takes any, and of those that take faces of one size (MTCNN's second and third), by the end of their names. */
const SIDE = 640
const SIDES: ReadonlyArray<readonly [string, number]> = [['.rnet', 24], ['.onet', 48]]
/** Detectors see one picture at a time. */
const isDetector = ({ name, task }: Card): boolean => task === 'detection' && !SIDES.some(([ending]) => name.endsWith(ending))

const CHANNELS_LAST: ReadonlySet<GraphConversion['format']> = new Set(['tensorflow', 'tfjs', 'tflite', 'keras'])
/** What ../shared/keras calls a card. */
const DESCRIBED = new Map([['retinaface-resnet50', 'RetinaFace'], ...['Age', 'Gender', 'Race', 'Emotion'].map((name) => [`DeepFace-${name}`, name] as const)])

/** Noise of a quiet machine: a graph counts as slower beyond it. */
const NOISE = 1.05
/** Of an output's largest value: rounding. */
const DIFFERENCE = 1e-3

const config = readConfig(process.env)
const store = openModelStore({ ...modelStoreOptions(config), log: pino({ level: 'error' }) })
const open = (graph: Uint8Array) => InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 })

const left: string[] = []
console.log('ms a face, one thread, min / median\nmodel                  weights    batch             plain         converted   faster   largest difference')
for (const card of positionals.length > 0 ? positionals.map(cardNamed) : cards) {
  for (const part of partsOf(card)) {
    if (part.conversion.format === 'raw') continue
    const published = await publishedFiles(part)
    const files = published ?? await formulaFile(part)
    if (files) await compare(part, files, published ? 'published' : 'formula')
    else left.push(part.name)
  }
}
if (left.length > 0) console.log(`left out, for want of weights: ${left.join(', ')}`)
await store.close()

type Files = ReadonlyMap<string, Uint8Array>

async function publishedFiles (card: Card): Promise<Files | undefined> {
  try {
    await store.ensure(card)
    return new Map(await Promise.all(card.files.map(async (file) => [file.name, await readFile(sourcePath(config.MODELS_PATH, file))] as const)))
  } catch (error) {
    // A graph may be here whose files are not any more.
    if (error instanceof Error && 'code' in error && (error.code === 'model_unavailable' || error.code === 'ENOENT')) return undefined
    throw error
  }
}

async function formulaFile ({ name, conversion }: Card): Promise<Files | undefined> {
  const model = DESCRIBED.get(name) ?? name
  if (conversion.format !== 'keras' || !existsSync(descriptionOf(model))) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'visage-models-'))
  try {
    return new Map([[name, await packFormula(model, join(folder, 'weights.h5'))]])
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare (card: Card, files: Files, weights: string): Promise<void> {
  const conversion = graphConversion(card)
  const imported = importGraph(conversion, files)
  const asPublished = withPixels(imported, conversion)
  const plain = await open(encode(CHANNELS_LAST.has(conversion.format) ? await channelsLast(asPublished) : asPublished))
  const converted = await open(encode(optimise(imported, conversion)))

  for (const batch of isDetector(card) ? [1] : [1, 8]) {
    const image = pictures(card, batch)
    // Published graphs may promise one face only: they are then given one after the other.
    const takesAll = batch === 1 || await plain.run({ image }).then(() => true, () => false)
    const images = takesAll ? [image] : singly(image)
    const runPlain = async () => {
      let last
      for (const one of images) last = await plain.run({ image: one })
      return last!
    }
    const runConverted = () => converted.run({ image })
    const difference = takesAll ? furthest(await runPlain(), await runConverted()) : 0
    const [before, after]: [number[], number[]] = [[], []]
    for (const start = performance.now(); before.length < 5 || performance.now() - start < duration;) {
      before.push(1000 * await seconds(runPlain) / batch)
      after.push(1000 * await seconds(runConverted) / batch)
    }
    const isWrong = difference > DIFFERENCE
    const isSlower = Math.min(...after) > NOISE * Math.min(...before)
    if (isSlower || isWrong) process.exitCode = 1
    console.log(`${card.name.padEnd(21)}  ${weights.padEnd(9)}  ${String(batch).padStart(5)}  ${spread(before)}  ${spread(after)}  ${(median(before) / median(after)).toFixed(2).padStart(6)}×  ${takesAll ? difference.toExponential(1).padStart(8) : '       —'}${isSlower ? '  SLOWER' : ''}${isWrong ? '  WRONG' : ''}`)
  }
  await Promise.all([plain.release(), converted.release()])
}

/** Waves, so that the networks have something to look at. */
function pictures (card: Card, batch: number): Tensor {
  const { input: { type, channels, size } } = graphConversion(card)
  const side = SIDES.find(([ending]) => card.name.endsWith(ending))?.[1] ?? SIDE
  const [height, width] = size ?? [side, side]
  const count = channels === 'GRAY' ? 1 : 3
  const pixels = new (type ? Float32Array : Uint8Array)(batch * height * width * count)
  for (let i = 0; i < pixels.length; i++) {
    const [channel, x, y, n] = [i % count, Math.floor(i / count) % width, Math.floor(i / count / width) % height, Math.floor(i / count / width / height)]
    pixels[i] = Math.round(127 + 60 * Math.sin(x / (9 + channel) + n) + 60 * Math.cos(y / (13 - channel)))
  }
  return new Tensor(pixels, [batch, height, width, count])
}

/** The pictures of a tensor as a tensor each. */
function singly ({ data, dims: [count = 1, ...dims] }: Tensor): Tensor[] {
  const pixels = data as Uint8Array
  const each = pixels.length / count
  return Array.from({ length: count }, (_, i) => new Tensor(pixels.slice(i * each, (i + 1) * each), [1, ...dims]))
}

/** Largest difference of any output both have, in parts of that output's largest value. */
function furthest (theirs: InferenceSession.OnnxValueMapType, ours: InferenceSession.OnnxValueMapType): number {
  return Math.max(...Object.keys(ours).map((name) => {
    const [a, b] = [theirs[name]!.data as Float32Array, ours[name]!.data as Float32Array]
    const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest
  }))
}
