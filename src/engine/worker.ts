/** A worker thread: takes one job at a time from the pool and runs its whole pipeline, from encoded bytes to the answer. */
import { parentPort, workerData } from 'node:worker_threads'
import { toMessage } from '../errors.ts'
import { configureSharp } from '../image/loaders.ts'
import { openPicture } from '../image/picture.ts'
import { search } from '../match/rank.ts'
import { openModels } from './models.ts'
import { analyze, extract, represent } from './pipeline.ts'
import type { Answer, Job } from './pool.ts'
import type { Task, WorkerSetup } from './tasks.ts'

if (!parentPort) throw new Error('This file is the entry of a worker thread.')
const port = parentPort
const { cancelled, maxImagePixels, ...setup } = workerData as WorkerSetup & { cancelled: Int32Array<SharedArrayBuffer> }
configureSharp()
const models = openModels(setup)

async function perform (task: Task, check: () => void): Promise<{ result: unknown, transfer: ArrayBufferLike[] }> {
  if (task.kind === 'search') return { result: search(task.request), transfer: [] }
  if (task.kind === 'open') return { result: await models.warm(task.model), transfer: [] }

  const picture = await openPicture(task.image, maxImagePixels)
  check()
  const detector = task.detector && await models.detector(task.detector)
  if (task.kind === 'represent') {
    const faces = await represent(picture, detector, await models.recogniser(task.recogniser), task.options, check)
    return { result: faces, transfer: faces.map(({ embedding }) => embedding.buffer) }
  }
  if (task.kind === 'analyze') {
    const attributes = await Promise.all(task.attributes.map((file) => models.attributes(file)))
    return { result: await analyze(picture, detector, attributes, task.options, check), transfer: [] }
  }
  const faces = await extract(picture, detector, task.options, check)
  return { result: faces, transfer: [] }
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
