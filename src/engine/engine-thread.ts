/** A worker thread: takes one job at a time from the pool and runs its whole pipeline, from encoded bytes to the answer. */
import { parentPort, workerData } from 'node:worker_threads'
import { toMessage } from '../errors.ts'
import { configureSharp } from '../image/loaders.ts'
import { openPicture, type Picture } from '../image/picture.ts'
import { rank } from '../match/rank.ts'
import { nativeDetector } from '../models/native-detector.ts'
import type { AntiSpoofing, Check, Face } from '../pipelines/contract.ts'
import * as deepface from '../pipelines/deepface/deepface.ts'
import { withSharpness } from '../pipelines/face-sharpness.ts'
import { finiteEmbeddings } from '../pipelines/finite-embeddings.ts'
import * as native from '../pipelines/native/native.ts'
import { criticalSection, type SharedWord } from '../system/critical-section.ts'
import type { Answer, Job } from '../system/worker-pool.ts'
import type { Task, WorkerSetup } from './engine-tasks.ts'
import { openModels } from './worker-models.ts'

if (!parentPort) throw new Error('This file is the entry of a worker thread.')
const port = parentPort
const { cancelled, computing, maxImagePixels, ...setup } = workerData as WorkerSetup & Record<'cancelled' | 'computing', SharedWord>
configureSharp()
const models = openModels({ ...setup, runCritical: criticalSection(computing) })

async function perform (task: Task, check: () => void): Promise<{ result: unknown, transfer: ArrayBufferLike[] }> {
  if (task.kind === 'search') return { result: rank(task.request), transfer: [] }
  if (task.kind === 'open') return { result: await models.warm(task.model), transfer: [] }

  const picture = await openPicture(task.image, maxImagePixels)
  check()
  const antiSpoofing = task.antiSpoofing && await models.antiSpoofing(task.antiSpoofing)
  const faces = task.options.pipeline === 'deepface' ? await asDeepface(picture, task, antiSpoofing, check) : await natively(picture, task, antiSpoofing, check)
  const measured = task.kind === 'represent' && task.options.sharpness ? await withSharpness<Face>(picture, faces) : faces
  return { result: measured, transfer: faces.flatMap((face) => 'embedding' in face ? face.embedding.buffer : []) }
}

type ImageTask = Exclude<Task, { kind: 'search' | 'open' }>

async function natively (picture: Picture, task: ImageTask, antiSpoofing: AntiSpoofing | undefined, check: Check) {
  const findLandmarks = task.landmarks && (await models.detector(task.landmarks)).findLandmarks
  const detector = task.detector && nativeDetector(await models.detector(task.detector), { rotated: setup.rotated, findLandmarks })
  switch (task.kind) {
    case 'represent': return finiteEmbeddings(await native.represent(picture, { detector, antiSpoofing }, (await models.recogniser(task.recogniser)).native, task.options, check), task.options)
    case 'extract': return await native.extract(picture, { detector, antiSpoofing }, task.options, check)
    case 'analyze': {
      const attributes = await Promise.all(task.attributes.map(async (file) => (await models.attributes(file)).native))
      return await native.analyze(picture, { detector, antiSpoofing }, attributes, task.options, check)
    }
  }
}

async function asDeepface (picture: Picture, task: ImageTask, antiSpoofing: AntiSpoofing | undefined, check: Check) {
  // A card that a name of this pipeline stands for has its form.
  const detector = task.detector && (await models.detector(task.detector)).deepface!
  switch (task.kind) {
    case 'represent': return finiteEmbeddings(await deepface.represent(picture, { detector, antiSpoofing }, (await models.recogniser(task.recogniser)).deepface, task.options, check), task.options)
    case 'extract': return await deepface.extract(picture, { detector, antiSpoofing }, task.options, check)
    case 'analyze': {
      const attributes = await Promise.all(task.attributes.map(async (file) => (await models.attributes(file)).deepface!))
      return await deepface.analyze(picture, { detector, antiSpoofing }, attributes, task.options, check)
    }
  }
}

const send = (answer: Answer, transfer: ArrayBufferLike[] = []): void =>
  port.postMessage(answer, transfer.filter((memory) => memory instanceof ArrayBuffer))

port.on('message', ({ id, task }: Job) => {
  const check = (): void => {
    if (Atomics.load(cancelled, 0) === id) throw new Error('This job is no longer wanted.')
  }
  perform(task as Task, check).then(
    ({ result, transfer }) => send({ type: 'done', id, result }, transfer),
    (error: unknown) => send({ type: 'failed', id, error: toMessage(error) })
  ).finally(() => models.settle())
})

try {
  for (const model of setup.preload) await models.warm(model)
  send({ type: 'ready' })
} catch (error) {
  send({ type: 'broken', error: toMessage(error) })
}
