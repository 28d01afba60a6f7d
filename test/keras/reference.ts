/** Compares a network with the outputs that Keras gave for the same weights and inputs. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Test } from 'tap'
import { kerasNetwork } from '../../src/converter/networks/network-tables.ts'
import { SHARED } from '../shared.ts'
import { formulaInput } from './formula.ts'
import type { FileDescription } from './pack.ts'
import type { Task } from './write-graphs.ts'

const FOLDER = new URL('keras/', SHARED)

/** A recorded value: all of it, or `values` at the positions `at` with the standard deviation of the whole. */
interface Recorded { readonly shape: readonly number[], readonly values: readonly number[], readonly at?: readonly number[], readonly std?: number }

interface Reference {
  readonly model: string
  readonly gain: number
  readonly input: { readonly scale: number, readonly offset: number }
  readonly file: FileDescription
  readonly runs: ReadonlyArray<{ readonly shape: readonly number[], readonly outputs: ReadonlyArray<Recorded & { readonly name: string }> }>
  readonly activations: ReadonlyArray<Recorded & { readonly layer: string }>
}

/** Tap option that skips a test when the references are not available. */
export const withReferences = { skip: existsSync(FOLDER) ? false : 'the recorded outputs of Keras are not beside the checkout' as const }

const readReference = async (model: string): Promise<Reference> => JSON.parse(await readFile(new URL(`${model}.json`, FOLDER), 'utf8'))

const OPTIONS = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const

/**
 * Tolerance for rounding, in standard deviations of the recorded value. Measured at the outputs: 2e-6 (Emotion) to 8e-6 (VGG-Face), and
 * 2e-5 for Age, whose 101 probabilities hardly differ.
 */
const TOLERANCE = 1e-4

/**
 * Asserts that a network (by the name used in cards), with formula weights from a packed file, computes what Keras computes, at its
 * outputs and inside. `renamed` maps Keras's names of inner layers to ours where they differ.
 */
export async function matchesKeras (t: Test, model: string, network: string, renamed: Readonly<Record<string, string>> = {}): Promise<void> {
  const { gain, file, input, runs, activations } = await readReference(model)
  const inner = activations.map(({ layer }) => renamed[layer] ?? layer)
  const folder = t.testdir()
  const task: Task = { folder, file, gain, network, inner }
  await once(new Worker(new URL('write-graphs.ts', import.meta.url), { workerData: task }), 'exit')

  const session = await InferenceSession.create(`${folder}/closed.onnx`, OPTIONS)
  for (const { shape, outputs } of runs) {
    const results = await session.run({ input: pictures(shape, input) })
    const worst = Object.keys(kerasNetwork(network).outputs).map((name, i) => difference(results[name]!, outputs[i]!))
    t.ok(Math.max(...worst) <= TOLERANCE, `${model} ${shape.join('×')}: off by ${Math.max(...worst).toExponential(1)} standard deviations`)
  }
  await session.release()

  const open = await InferenceSession.create(`${folder}/open.onnx`, OPTIONS)
  const results = await open.run({ input: pictures(runs[0]!.shape, input) })
  for (const [i, recorded] of activations.entries()) {
    const found = difference(results[inner[i]!]!, recorded)
    t.ok(found <= TOLERANCE, `${model} ${recorded.layer}: off by ${found.toExponential(1)} standard deviations`)
  }
  await open.release()
}

const pictures = (shape: readonly number[], input: Reference['input']): Tensor => {
  const [n = 0, h = 0, w = 0, c = 0] = shape
  return new Tensor('float32', formulaInput(shape, input), [n, c, h, w])
}

/**
 * Largest difference of any element, in standard deviations of the recorded value. Keras's maps are [n, h, w, c], ours [n, c, h, w], or
 * [h, w, n, c] between locally connected layers.
 */
function difference ({ data, dims }: Tensor, { shape, values, at, std }: Recorded): number {
  const [n = 0, h = 0, w = 0, c = 0] = shape
  const expected = shape.length === 4 ? [n, c, h, w] : shape
  const positionsFirst = shape.length === 4 && n === 1 && dims.join() === [h, w, n, c].join()
  if (expected.join() !== dims.join() && !positionsFirst) throw new Error(`The value is ${dims.join('×')}, and should be ${expected.join('×')}.`)
  const found = data as Float32Array
  const position = (i: number): number => {
    if (shape.length !== 4 || positionsFirst) return i
    const [channel, pixel] = [i % c, Math.floor(i / c)]
    return (Math.floor(pixel / (h * w)) * c + channel) * h * w + pixel % (h * w)
  }
  const largest = values.reduce((max, value, i) => Math.max(max, Math.abs(found[position(at?.[i] ?? i)]! - value)), 0)
  return largest / (std ?? deviation(values))
}

function deviation (values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
