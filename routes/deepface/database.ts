import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Change, Collection } from '../../src/collections/contract.ts'
import { collectionFor, collectionOf, MOST_COMPARED, nearest, type NearFace, type RowSettings, scaledFor, subjectOf } from '../../src/collections/deepface-database.ts'
import { LONGEST_IMAGE_NAME, nameProblem } from '../../src/collections/limits.ts'
import { FaceError, validationError } from '../../src/errors.ts'
import { FROM_COSINE, type Metric, similarity } from '../../src/match/distance.ts'
import { verdictBy } from '../../src/match/verdict.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { FACE_ERRORS } from '../../src/schemas/collections.ts'
import { fields, FIXED, MOST_IMAGES } from '../../src/schemas/deepface.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { imageOrImages } from '../../src/schemas/image-fields.ts'
import { livenessOfEach, livenessOfFaces } from '../../src/schemas/liveness.ts'
import { type RepresentFields, representOptions } from '../../src/schemas/options.ts'
import { distanceMetric, normalizationName, oneOf } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'
import { imagesOf, takeAsDeepface } from './requests.ts'

const tags = ['deepface']
const errors = FACE_ERRORS

/** Most rows of one response, all faces of the images together; DeepFace would list all. */
const MOST_ROWS = 10_000

/** Cosine from which DeepFace's duplicate check fires. */
const SAME = 1 - 1e-9

const shared = {
  ...fields,
  l2_normalize: Type.Boolean({ default: false }),
  expand_percentage: Type.Integer({ minimum: 0, maximum: 100, default: 0 }),
  normalization: normalizationName({ default: 'base' })
}

/** Rows that DeepFace's `ann` returns for a face where k is left out (deepface/modules/datastore.py). */
const ANN_ROWS = 20

const registerBody = requestBody({
  img: imageOrImages(MOST_IMAGES),
  img_name: Type.Optional(Type.String({ minLength: 1, maxLength: LONGEST_IMAGE_NAME, description: 'What to call it; the path of the image, or made up, when left out.' })),
  ...shared
}, { title: 'DeepfaceRegisterInput', examples: [{ img: SAMPLE, img_name: 'ann.jpg', model_name: 'Facenet512' }] })

const registered = Type.Object({
  inserted: Type.Integer({ description: 'Faces; those that were there already are not counted.' }),
  liveness: livenessOfFaces
}, { title: 'DeepfaceRegistered', examples: [{ inserted: 1 }] })

const searchBody = requestBody({
  img: imageOrImages(MOST_IMAGES),
  ...shared,
  distance_metric: distanceMetric({ default: 'cosine', description: 'With l2_normalize euclidean is euclidean_l2. Without, it is refused where more than 10,000 faces would have to be compared.' }),
  search_method: oneOf(['exact', 'ann'] as const, {
    default: 'exact', description: `ann: by cosine with l2_normalize, else by euclidean, whatever distance_metric says, and at most ${ANN_ROWS} rows a face where k is left out.`
  }),
  similarity_search: Type.Boolean({ default: false }),
  k: Type.Optional(Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 1, maximum: MOST_ROWS }))
}, { title: 'DeepfaceSearchInput', examples: [{ img: SAME_PERSON, model_name: 'Facenet512', k: 5 }] })

const row = Type.Object({
  id: Type.String(),
  img_name: Type.String(),
  model_name: Type.String(),
  detector_backend: Type.String(),
  aligned: Type.Boolean(),
  l2_normalized: Type.Boolean(),
  search_method: Type.String(),
  target_x: Type.Integer({ description: 'Of the face in the image that was sent.' }),
  target_y: Type.Integer(),
  target_w: Type.Integer(),
  target_h: Type.Integer(),
  threshold: Type.Number(),
  distance_metric: Type.String(),
  distance: Type.Number(),
  confidence: Type.Number()
}, { title: 'DeepfaceRow' })

const ROW_EXAMPLE = {
  id: '6b7f0c3e',
  img_name: 'ann.jpg',
  model_name: 'Facenet512',
  detector_backend: 'opencv',
  aligned: true,
  l2_normalized: false,
  search_method: 'exact',
  target_x: 74,
  target_y: 61,
  target_w: 112,
  target_h: 146,
  threshold: 0.3,
  distance_metric: 'cosine',
  distance: 0.21,
  confidence: 83.1
}

const found = Type.Object({
  results: Type.Array(Type.Array(row), { description: 'One list for each face of the image.' }),
  liveness: livenessOfFaces
}, { title: 'DeepfaceFound', examples: [{ results: [[ROW_EXAMPLE]] }] })

const buildBody = requestBody({
  model_name: fields.model_name,
  detector_backend: fields.detector_backend,
  align: fields.align,
  l2_normalize: shared.l2_normalize,
  normalization: shared.normalization
}, { title: 'DeepfaceBuildIndexInput', examples: [{ model_name: 'Facenet512' }] })

const built = Type.Object({ message: Type.String() }, { title: 'DeepfaceIndexBuilt', examples: [{ message: 'Index built successfully' }] })

/** DeepFace's own database of faces: /register, /search and /build/index. Each set of model and settings has a collection. */
const database: FastifyPluginAsyncTypebox<{ bodyLimit: number }> = async (fastify, { bodyLimit }) => {
  const { collections } = fastify
  takeAsDeepface(fastify)

  /** @throws {FaceError} not_found, in DeepFace's words, when nothing has been registered with these settings. */
  async function existingRows (body: Static<typeof buildBody>): Promise<Collection> {
    const collection = await collectionOf(collections, settingsOf(body))
    if (collection) return collection
    const { model_name: model, detector_backend: detector, align, l2_normalize: l2 } = body
    throw new FaceError('not_found', `No embeddings found in the database for the criteria model_name=${model}, detector_backend=${detector}, align=${align}, l2_normalize=${l2}. You must call register for some facial images first.`)
  }

  /** Returns the faces of each image. */
  async function represent (request: FastifyRequest, body: FaceFields): Promise<RepresentedFace[][]> {
    const options = representOptions({ ...FIXED, ...body }, 'represent')
    const faces = []
    for await (const photo of imagesOf(request, body.img)) faces.push(await fastify.faceEngine.represent(photo, options, { signal: request.stopSignal }))
    return faces
  }

  const register = endpoint({
    operationId: 'deepfaceRegister',
    tags,
    summary: 'Keep the faces of a picture',
    description: 'Stores the faces of an image under its name. A face that is there already is left out.',
    body: registerBody,
    response: registered,
    errors,
    deepface: 'registering'
  })
  fastify.post('/register', { ...register, bodyLimit }, async (request, reply) => {
    const { body, stopSignal: signal } = request
    const problem = body.img_name === undefined ? undefined : nameProblem(body.img_name)
    if (problem !== undefined) throw validationError([{ field: 'img_name', msg: problem }])
    const photos = await represent(request, body)
    const settings = settingsOf(body)
    const collection = await collectionFor(collections, settings)
    const changes: Change[] = []
    const vectors: Float32Array[] = []
    const subjects = new Set<string>()
    for (const [i, faces] of photos.entries()) {
      const name = body.img_name ?? nameOf([body.img].flat()[i]!)
      const subject = await subjectOf(name)
      for (const { embedding, box, score } of faces) {
        const vector = scaledFor(settings, embedding)
        const { hits: [same] } = await collections.search(collection.id, { vector, k: 1, minScore: SAME, signal })
        if (same || vectors.some((other) => similarity(vector, other) >= SAME)) continue
        vectors.push(vector)
        if (!subjects.has(subject)) changes.push({ kind: 'put-subject', when: 'any', id: subject, name })
        subjects.add(subject)
        changes.push({ kind: 'put-face', face: { id: randomUUID(), subject, embedding: vector, details: { box, score } } })
      }
    }
    signal.throwIfAborted()
    const answer = { inserted: vectors.length, ...livenessOfEach(photos.flat(), body.anti_spoofing) }
    return changes.length === 0 ? answer : await reply.written(collection.id, changes, answer)
  })

  const search = endpoint({
    operationId: 'deepfaceSearch',
    tags,
    summary: 'Find the people of a picture among those registered',
    description: 'The registered faces of the same model and settings that are near each face of the image, nearest first.',
    body: searchBody,
    response: found,
    errors,
    deepface: 'searching'
  })
  fastify.post('/search', { ...search, bodyLimit }, async (request) => {
    const { body, stopSignal: signal } = request
    const { model_name: model } = body
    const metric = metricOf(body)
    const collection = await existingRows(body)
    const { thresholds, probability } = calibrationOf(recogniserNamed(model), 'deepface')
    const threshold = thresholds[metric]
    const verdict = verdictBy('deepface', model, metric, probability)
    const faces = (await represent(request, body)).flat()
    const names = new Map<string, string>()
    const most = { rows: Math.max(1, Math.floor(MOST_ROWS / Math.max(1, faces.length))), threshold: body.similarity_search ? Infinity : threshold }
    const results = []
    for (const { embedding, box } of faces) {
      const near = await rowsNear(collection.id, scaledFor(settingsOf(body), embedding), body, most, signal)
      for (const { subject } of near) if (!names.has(subject)) names.set(subject, (await collections.subject(collection.id, subject))?.name ?? subject)
      results.push(near.map(({ face, subject, score, distance }) => ({
        id: face,
        img_name: names.get(subject)!,
        model_name: model,
        detector_backend: body.detector_backend,
        aligned: body.align,
        l2_normalized: body.l2_normalize,
        search_method: body.search_method,
        target_x: box.x,
        target_y: box.y,
        target_w: box.w,
        target_h: box.h,
        threshold,
        distance_metric: metric,
        distance,
        confidence: verdict(distance, score).confidence
      })))
    }
    return { results, ...livenessOfEach(faces, body.anti_spoofing) }
  })

  /** The faces at the threshold or nearer, nearest first. @throws {FaceError} validation_error when too many would have to be compared. */
  async function rowsNear (
    collection: string,
    vector: Float32Array,
    body: Static<typeof searchBody>,
    most: { readonly rows: number, readonly threshold: number },
    signal: AbortSignal
  ): Promise<NearFace[]> {
    const [metric, isApproximate] = [metricOf(body), body.search_method === 'ann']
    const k = Math.min(body.k ?? (isApproximate ? ANN_ROWS : Infinity), most.rows)
    if (metric === 'euclidean' && !body.l2_normalize) {
      const near = await nearest(collections, collection, { vector, k, threshold: most.threshold, isApproximate, signal })
      if (near) return near
      throw validationError([{ field: 'distance_metric', msg: `may be euclidean only where at most ${MOST_COMPARED} faces have to be compared; register and search with l2_normalize, or use euclidean_l2, cosine or angular` }])
    }
    // At length 1 both Euclidean distances are the same.
    const toDistance = FROM_COSINE[metric === 'euclidean' ? 'euclidean_l2' : metric]
    const { hits } = await collections.search(collection, { vector, k, signal })
    return hits.map((hit) => ({ ...hit, distance: toDistance(hit.score) })).filter(({ distance }) => distance <= most.threshold)
  }

  const buildIndex = endpoint({
    operationId: 'deepfaceBuildIndex',
    tags,
    summary: 'Load the index of those registered',
    description: 'Loads the index of these rows. It is kept up to date by itself: a search does not need this.',
    body: buildBody,
    response: built,
    errors,
    deepface: 'building index'
  })
  fastify.post('/build/index', buildIndex, async (request) => {
    const { id, length } = await existingRows(request.body)
    await collections.search(id, { vector: new Float32Array(length).fill(1), k: 1, signal: request.stopSignal })
    return { message: 'Index built successfully' }
  })
}

type FaceFields = Omit<RepresentFields, 'pipeline'> & { readonly img: string | readonly string[] }

/** Name of an image whose client gave none: its path, or a new one. */
const nameOf = (img: string): string => nameProblem(img) === undefined && /^(?!data:).*\.(jpe?g|png)$/i.test(img) ? img : randomUUID()

/** The metric of a search: `ann` has its own. */
const metricOf = ({ search_method: method, l2_normalize: l2, distance_metric: metric }: Static<typeof searchBody>): Metric =>
  method === 'exact' ? metric : l2 ? 'cosine' : 'euclidean'

const settingsOf = (body: Static<typeof buildBody>): RowSettings => ({
  model: body.model_name,
  detector: body.detector_backend,
  align: body.align,
  l2Normalize: body.l2_normalize,
  normalization: body.normalization
})

export default database
