import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import app, { type AppOptions, serverOptions } from '../src/app.ts'
import type { Collections } from '../src/collections/contract.ts'
import { openIndexedCollections } from '../src/collections/indexed-collections.ts'
import { searchHere } from '../src/collections/search/searcher.ts'
import { openSqliteStore } from '../src/collections/sqlite/sqlite-store.ts'
import { readConfig } from '../src/config/config.ts'
import type { FaceEngine } from '../src/engine/face-engine.ts'
import { imageDecodeError, modelUnavailable, noFaceDetected } from '../src/errors.ts'
import type { ImageReader } from '../src/intake/intake.ts'
import { describeCard } from '../src/model-store/card-status.ts'
import type { ModelStore } from '../src/model-store/open-model-store.ts'
import { cards } from '../src/models/catalogue.ts'
import type { Trait } from '../src/names.ts'
import type { DetectOptions, AnalyzedFace, Face, Traits } from '../src/pipelines/contract.ts'

/** Two people whose embeddings are orthogonal. */
const PEOPLE = 'ab'

/** A model that this world has no weights for. */
export const ABSENT = 'DeepFace'

const seen = (i: number): Face => ({
  box: { x: 10 + i, y: 20, w: 100 - i, h: 120 },
  landmarks: [[30.4, 60], [80.6, 61], [55, 85], [35, 110], [75, 111]],
  score: 0.99
})

const embedding = (person: string): Float32Array => Float32Array.from({ length: 128 }, (_, i) => i === PEOPLE.indexOf(person) ? 2 : 0)

/** The people that an "image" spells, largest first: `ab` shows two, `-` nobody. Nobody's embedding is zero, as is that of a whole picture. */
function people (image: Uint8Array, { enforceDetection, maxFaces = Infinity }: Pick<DetectOptions, 'enforceDetection' | 'maxFaces'>): string[] {
  const found = [...Buffer.from(image).toString()].filter((c) => PEOPLE.includes(c))
  if (found.length === 0 && enforceDetection) throw noFaceDetected()
  return found.length === 0 ? ['-'] : found.slice(0, maxFaces)
}

/** Facts that are the same of every face, but for the quality of one that is not alone. */
const traits = (include: readonly Trait[] = [], faces = 1): Traits => Object.fromEntries(Object.entries({
  mesh: { points: Float32Array.from({ length: 6 }, (_, i) => i / 3), presence: 1 },
  pose: { yaw: 1.26, pitch: -2, roll: 0 },
  expression: { eyes: 'open', mouthOpen: false, smile: true, gaze: 'left' },
  quality: {
    components: {
      sharpness: 90,
      underExposurePrevention: 99,
      overExposurePrevention: 98,
      dynamicRange: 80,
      interEyeDistance: 70,
      headPoseYaw: 97,
      headPosePitch: 96,
      headPoseRoll: 95,
      expressionNeutrality: 60,
      eyesOpen: 94,
      mouthClosed: 93,
      leftwardCropOfTheFaceImage: 92,
      rightwardCropOfTheFaceImage: 91,
      marginAboveOfTheFaceImage: 89,
      marginBelowOfTheFaceImage: 88,
      singleFacePresent: faces > 1 ? 0 : 100
    },
    recognisability: { yaw: 2, presence: 1.25, sharpness: 3, interEyeDistance: 5, length: 0.5 }
  },
  liveness: { isReal: true, score: 0.9 }
} satisfies Traits).filter(([name]) => include.includes(name as Trait)))

/** An engine that sees the people whose letters the bytes of the image are. */
export const spelling: FaceEngine = {
  provider: 'cpu',
  workers: 1,
  async detect (image, { enforceDetection, maxFaces, include }) {
    const found = people(image, { enforceDetection, maxFaces }).filter((person) => person !== '-')
    return found.map((_, i) => ({ ...seen(i), ...traits(include, found.length) }))
  },
  async represent (image, options) {
    if (options.model === ABSENT) throw modelUnavailable(`The weights of ${ABSENT} are not here.`)
    if (options.pipeline === 'deepface') throw modelUnavailable('This engine has no deepface pipeline.')
    const found = people(image, options)
    return found.map((person, i) => ({ ...seen(i), ...traits(options.include, found.length), embedding: embedding(person) }))
  },
  async analyze (image, options) {
    const answers: Omit<AnalyzedFace, keyof Face> = {
      age: 30.5,
      gender: { Woman: 90, Man: 10 },
      emotion: { angry: 0, disgust: 0, fear: 0, happy: 80, sad: 5, surprise: 5, neutral: 10 },
      race: { asian: 10, indian: 10, black: 10, white: 50, 'middle eastern': 10, 'latino hispanic': 10 }
    }
    const asked = Object.fromEntries(options.actions.map((action) => [action, answers[action]]))
    return people(image, options).map((_, i) => ({ ...seen(i), ...traits(options.include), ...asked }))
  },
  ages: async (_, faces) => faces.map(() => 30.5),
  extract: async (image, options) => people(image, options).map((_, i) =>
    ({ ...seen(i), ...traits(options.include), png: Buffer.from(options.grayscale ? 'grey' : 'colour') })),
  fingerprint: async () => ({ weights: ['0'.repeat(64)], rotated: false }),
  search: async () => [],
  missing: () => [],
  load: () => ({ workers: 1, busy: 0, waiting: 0 }),
  close: async () => {}
}

/** Reads `data:,letters`; everything else is no image. */
const plainIntake: ImageReader = {
  async read (image) {
    if (!image.startsWith('data:')) throw imageDecodeError('The image could not be read.')
    return Buffer.from(image.slice(image.indexOf(',') + 1))
  }
}

/** A store that has every card. */
const fullStore: ModelStore = {
  ensure: async ({ name }) => `${name}.onnx`,
  permits: () => true,
  hashes: async () => ['0'.repeat(64)],
  statusOf: async (card) => describeCard(card, { state: 'ready' }),
  status: async () => cards.map((card) => describeCard(card, { state: 'ready' })),
  verify: async () => true,
  adopt: async ({ name }) => `${name}.onnx`,
  remove: async () => {},
  close: async () => {}
}

/** Collections in memory, which end with the app. */
async function passingCollections (): Promise<Collections> {
  const log = { warn: () => {}, error: () => {} }
  return openIndexedCollections({ store: await openSqliteStore({ path: ':memory:', threads: false, log }), searcher: searchHere, log, patience: 100 })
}

export interface BuildOptions {
  readonly collections?: () => Promise<Collections>
  readonly env?: NodeJS.ProcessEnv
  readonly engine?: Partial<FaceEngine>
  readonly intake?: ImageReader
  readonly store?: Partial<ModelStore>
  readonly server?: FastifyServerOptions
}

const appOptions = ({ env = {}, engine, collections = passingCollections, intake = plainIntake, store }: BuildOptions = {}): AppOptions => ({
  config: readConfig(env),
  openEngine: async () => ({ ...spelling, ...engine }),
  openCollections: collections,
  openIntake: async () => intake,
  openStore: () => ({ ...fullStore, ...store })
})

/** A ready app on fakes; it closes itself when `t` ends. */
export async function build (t: Test, options: BuildOptions = {}): Promise<FastifyInstance> {
  const given = appOptions(options)
  const fastify = Fastify({ ...serverOptions(given.config), ...options.server } as FastifyServerOptions)
  t.teardown(() => fastify.close())
  await fastify.register(app, given)
  await fastify.ready()
  return fastify
}
