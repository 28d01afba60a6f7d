/**
 * The baseline of `service.ts`, one of its threads: sharp and onnxruntime-node in a plain loop, without HTTP, queue or service.
 * Decodes the photo, runs detector and recogniser on the same graphs and framing as the service, and counts.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openModels } from '../src/engine/models.ts'
import { represent } from '../src/engine/pipeline.ts'
import type { DetectOptions } from '../src/engine/engine.ts'
import type { ModelFile } from '../src/engine/tasks.ts'
import { configureSharp } from '../src/image/loaders.ts'
import { openPicture } from '../src/image/picture.ts'

export interface BareLoop {
  readonly detector: ModelFile
  readonly recogniser: ModelFile
  readonly photos: readonly Uint8Array[]
  /** How long to go on, in ms. */
  readonly duration: number
}

const OPTIONS: DetectOptions = { pipeline: 'native', detector: 'retinaface', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: undefined, antiSpoofing: false }

const { detector, recogniser, photos, duration } = workerData as BareLoop
configureSharp()
const models = openModels({ threads: 1, gpuDevice: -1 })
const [find, embed] = [await models.detector(detector), await models.recogniser(recogniser)]
const once = async (i: number) => represent(await openPicture(photos[i % photos.length]!, 50_000_000), find, embed, OPTIONS, () => {})

await once(0)
parentPort!.postMessage('ready')
parentPort!.once('message', async () => {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < duration) await once(count++)
  parentPort!.postMessage(count / (performance.now() - start) * 1000)
})
