/** Entry of the engine's worker threads. A worker takes one job at a time and runs its whole pipeline, from encoded bytes to the answer. */
import { workerData } from 'node:worker_threads'
import { engineFailed } from '../errors.ts'
import { configureSharp } from '../image/loaders.ts'
import { openPicture, type Picture } from '../image/picture.ts'
import { rank } from '../match/rank.ts'
import { nativeDetector } from '../models/native-detector.ts'
import type { AntiSpoofing, Check, DetectionModels, DetectOptions, ExtractedFace, RepresentedFace, Traits } from '../pipelines/contract.ts'
import type { CanvasDetector } from '../pipelines/deepface/deepface-models.ts'
import * as deepface from '../pipelines/deepface/deepface-pipeline.ts'
import { withSharpness } from '../pipelines/face-sharpness.ts'
import { finiteEmbeddings } from '../pipelines/finite-embeddings.ts'
import * as native from '../pipelines/native/native-pipeline.ts'
import { criticalSection, type SharedWord } from '../system/critical-section.ts'
import { runJobs } from '../system/worker-thread.ts'
import { openWorkerMeans, type WorkerMeans } from './decoding-means.ts'
import type { EngineOperations, ImageTask, WorkerOwn, WorkerSetup } from './engine-tasks.ts'
import { type OpenModels, openModels } from './worker-models.ts'

const { computing, maxImagePixels, pictures, runs, ...setup } = workerData as WorkerSetup & WorkerOwn & { readonly computing: SharedWord }
configureSharp()

interface JobMeans {
  readonly check: Check
  readonly means: WorkerMeans
}

const operations = (job: JobMeans): EngineOperations => ({
  async detect ({ options, ...task }) {
    const { picture, antiSpoofing } = await openTask(task, options, job)
    return await native.detect(picture, await nativeModels(task, antiSpoofing), options, job.check)
  },
  async represent ({ recogniser, ages, options, ...task }) {
    const { picture, antiSpoofing } = await openTask(task, options, job)
    const [forms, ageModel] = [await models.recogniser(recogniser), ages && (await models.attributes(ages)).native]
    const faces = isDeepface(options)
      ? await deepface.represent(picture, await deepfaceModels(task, antiSpoofing), deepfaceForm(forms), options, job.check)
      : await native.represent(picture, await nativeModels(task, antiSpoofing), { recogniser: forms.native, ageModel }, options, job.check)
    const finite = finiteEmbeddings(faces, options)
    return options.sharpness ? await withSharpness(picture, finite) : finite
  },
  async analyze ({ attributes, options, ...task }) {
    const { picture, antiSpoofing } = await openTask(task, options, job)
    if (isDeepface(options)) {
      const detection = await deepfaceModels(task, antiSpoofing)
      const opened = await Promise.all(attributes.map(async (file) => deepfaceForm(await models.attributes(file))))
      return await deepface.analyze(picture, detection, opened, options, job.check)
    }
    const detection = await nativeModels(task, antiSpoofing)
    const opened = await Promise.all(attributes.map(async (file) => (await models.attributes(file)).native))
    return await native.analyze(picture, detection, opened, options, job.check)
  },
  async ages ({ image, model, faces }) {
    const picture = await openPicture(image, maxImagePixels, job.means.forJob(false))
    job.check()
    const described = await (await models.attributes(model)).native.describe(picture, faces, native.AGE_FRAMING)
    return described.map(({ age }) => ({ age: age! }))
  },
  async extract ({ options, ...task }) {
    const { picture, antiSpoofing } = await openTask(task, options, job)
    return isDeepface(options)
      ? await deepface.extract(picture, await deepfaceModels(task, antiSpoofing), options, job.check)
      : await native.extract(picture, await nativeModels(task, antiSpoofing), options, job.check)
  },
  search: rank
})

/** The memory of a result that goes to the main thread without a copy. */
function buffersOf (result: object & Partial<Pick<RepresentedFace, 'embedding'> & Pick<ExtractedFace, 'png'>> & Traits): ArrayBuffer[] {
  const views = [result.embedding, result.png, result.mesh?.points].filter((view) => view !== undefined)
  return views.map(({ buffer }) => buffer as ArrayBuffer)
}

const isDeepface = ({ pipeline }: DetectOptions): boolean => pipeline === 'deepface'

interface OpenTask {
  readonly picture: Picture
  readonly antiSpoofing: AntiSpoofing | undefined
}

/** Reads the header of the picture and opens the model that checks liveness. */
async function openTask ({ image, antiSpoofing }: ImageTask, options: DetectOptions, { check, means }: JobMeans): Promise<OpenTask> {
  // Networks that look at all of a picture get it as it is, and crops for people are cut from it.
  const isWhole = isDeepface(options) || antiSpoofing !== undefined || 'grayscale' in options
  const picture = await openPicture(image, maxImagePixels, means.forJob(isWhole))
  check()
  return { picture, antiSpoofing: antiSpoofing && await models.antiSpoofing(antiSpoofing) }
}

async function nativeModels (task: ImageTask, antiSpoofing: AntiSpoofing | undefined): Promise<native.NativeModels> {
  const landmarks = task.landmarks && await models.landmarkOptions(task.landmarks)
  const findTurned = task.turned && models.turnedFinder(task.turned)
  const detector = task.detector && nativeDetector(await models.detector(task.detector), { rotated: setup.rotated, findTurned, ...landmarks })
  return { detector, antiSpoofing, mesh: task.mesh && await models.landmarks(task.mesh) }
}

async function deepfaceModels (task: ImageTask, antiSpoofing: AntiSpoofing | undefined): Promise<DetectionModels<CanvasDetector>> {
  return { detector: task.detector && deepfaceForm(await models.detector(task.detector)), antiSpoofing }
}

/** The model for the deepface pipeline. Each name that this pipeline accepts belongs to a card whose model has that form. */
function deepfaceForm<Form> ({ deepface }: { readonly deepface?: Form }): Form {
  if (deepface === undefined) throw new Error('The model has no form for the deepface pipeline.')
  return deepface
}

let models: OpenModels
let means: WorkerMeans

await runJobs<EngineOperations>({
  async open (check) {
    models = openModels({ ...setup, runCritical: criticalSection(computing), counting: { memory: runs, check } })
    for (const model of setup.preload) await models.warm(model)
    means = openWorkerMeans(pictures, check)
    return operations({ check, means })
  },
  failed: engineFailed,
  transfer: (results) => results.flatMap(buffersOf),
  async afterJob () {
    means.settle()
    await models.settle()
  }
})
