import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { dbNotConfigured } from '../src/find/face-folder-problems.ts'
import { indexKey } from '../src/find/index-key.ts'
import type { Hit } from '../src/find/nearest-faces.ts'
import { hitsToJudge, type HitVerdict, judgeHits, type JudgedHit, MOST_AGES } from '../src/match/judge-hits.ts'
import { ROUNDING, verdictBy } from '../src/match/verdict.ts'
import { calibrationFor } from '../src/models/calibration-of.ts'
import { shiftsFor } from '../src/models/group-shifts.ts'
import { searchReason, searchThreshold } from '../src/models/search-threshold.ts'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { image } from '../src/schemas/image-fields.ts'
import { livenessOfEach, livenessOfFaces } from '../src/schemas/liveness.ts'
import { representOptions } from '../src/schemas/options.ts'
import { askedThreshold, type Defaults, parameters, searchFalseAlarms, searchFields, thresholdOf } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'
import { asVerdict, verdictField } from '../src/schemas/verdict.ts'
import { keptCopy } from './shared/kept-copy.ts'

/** Most rows of one response, all faces of the picture together. Where there are more, a warning says so. */
const MOST_ROWS = 10_000

const body = (defaults: Defaults) => {
  const { max_faces: _, ...shared } = parameters(defaults)
  return requestBody({
    img: image('The picture of whom to look for.'),
    ...shared,
    search_false_alarms: searchFalseAlarms(defaults),
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_ROWS, description: 'At most so many rows a face; all when left out.' })),
    similarity_search: Type.Boolean({ default: false, description: 'List who looks most alike, whatever the threshold says; use it with `k`.' }),
    refresh_database: Type.Boolean({ default: true, description: 'Look for new, changed and removed photos first. When false the index is used as it is, and built only when there is none.' })
  }, { title: 'FindInput', examples: [{ img: SAMPLE, distance_metric: defaults.DEFAULT_METRIC, k: 5 }] })
}

const pixels = (description: string) => Type.Integer({ description })

const row = Type.Object({
  identity: Type.String({ description: 'The photo: FACES_DB_PATH/<person>/<photo>.' }),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the photo file. (DeepFace hashes size and times of the file instead.)' }),
  distance: Type.Number(),
  threshold: Type.Number({ description: 'Distance up to which it is the same person.' }),
  confidence: Type.Number({ minimum: 0, maximum: 100, description: 'Calibrated probability, in percent, that it is the same person; in the deepface pipeline DeepFace\'s own figure.' }),
  verdict: verdictField,
  target_x: pixels('Left edge of the face in the photo of the database.'),
  target_y: pixels('Its top edge.'),
  target_w: pixels('Its width.'),
  target_h: pixels('Its height.'),
  source_x: pixels('Left edge of the face in the picture that was sent.'),
  source_y: pixels('Its top edge.'),
  source_w: pixels('Its width.'),
  source_h: pixels('Its height.')
}, { title: 'FoundFace' })

const warning = Type.Object({
  photo: Type.Optional(Type.String({ description: 'Below FACES_DB_PATH; left out where no single photo is meant.' })),
  message: Type.String()
}, { title: 'FindWarning' })

const response = Type.Object({
  success: Type.Boolean(),
  faces_queried: Type.Integer({ description: 'Faces in the picture that was sent.' }),
  ...searchFields,
  result: Type.Array(Type.Array(row), { description: 'One list for each of these faces, largest face first; nearest first in each, possibly empty.' }),
  liveness: livenessOfFaces,
  warnings: Type.Array(warning, { description: 'Photos that could not be used, and what else limits the answer.' })
}, {
  title: 'FindResult',
  examples: [{
    success: true,
    faces_queried: 1,
    threshold: 0.625,
    reason: 'search',
    compared: 9,
    result: [[{
      identity: '/data/faces_db/alice/photo1.jpg',
      hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      distance: 0.2134,
      threshold: 0.625,
      confidence: 99.99,
      target_x: 74,
      target_y: 61,
      target_w: 112,
      target_h: 146,
      source_x: 81,
      source_y: 58,
      source_w: 108,
      source_h: 141
    }]],
    warnings: [{ photo: 'bob/holiday.jpg', message: 'No face was found in it.' }]
  }]
})

/** Finds the people of a picture in FACES_DB_PATH. */
const find: FastifyPluginAsyncTypebox<{ defaults: Defaults, colorFix: boolean }> = async (fastify, { defaults, colorFix }) => {
  const options = endpoint({
    operationId: 'findInFolder',
    tags: ['faces'],
    summary: 'Find the people of a picture in the face database',
    description: 'Searches the photos of FACES_DB_PATH. The first call for a model and its settings indexes them, which takes a while; later calls look at what has changed. A call that times out meanwhile does not stop the indexing.',
    body: body(defaults),
    response,
    errors: [...IMAGE_ERRORS, 'db_not_found']
  })

  fastify.post('/api/v1/find', options, async (request) => {
    const { body, stopSignal: signal } = request
    const { root } = fastify.faceFolder
    if (root === undefined) throw dbNotConfigured()
    const query = representOptions(body, colorFix ? 'compare' : 'query')
    const isFixed = askedThreshold(body) !== undefined || body.similarity_search
    const shifts = isFixed ? undefined : shiftsFor(query, defaults.VERDICT_POLICY)
    const image = await request.readImage('img', body.img)
    const copy = shifts && keptCopy(request, image)
    const faces = await fastify.faceEngine.represent(image, query, { signal })
    const { thresholds, probability } = calibrationFor(query)
    const metric = body.distance_metric
    const ofPair = thresholdOf(body, thresholds[metric])
    const reason = searchReason(askedThreshold(body), body.search_false_alarms, body.pipeline)
    const answer = verdictBy(body.pipeline, body.model_name, metric, probability)
    const most = Math.max(1, Math.floor(MOST_ROWS / Math.max(1, faces.length)))
    const k = Math.min(body.k ?? Infinity, most)
    const more = shifts ? hitsToJudge(k, most) : k
    // The ages of an index are kept whatever VERDICT_POLICY says, so that it may change later.
    const key = indexKey({ ...query, ages: shiftsFor(query, 'adaptive') !== undefined }, await fastify.faceEngine.fingerprint(query))
    const { hits, warnings, compared } = await fastify.faceFolder.find(key, faces.map(({ embedding }) => embedding), {
      metric, threshold: body.similarity_search ? Infinity : ofPair + ROUNDING, k: more, refresh: body.refresh_database, signal
    })
    const thresholdOfSearch = (shift: number): number =>
      reason === 'search' || shift !== 0 ? searchThreshold(query, metric, body.search_false_alarms, compared, shift) : ofPair
    const verdict = ({ distance, similarity }: Hit, shift: number): HitVerdict =>
      ({ ...answer(distance, similarity - shift), threshold: thresholdOfSearch(shift) })
    async function estimateAge (face: number): Promise<number | undefined> {
      if (!copy || face >= MOST_AGES) return undefined
      // The engine takes over the memory of the bytes it is given.
      const [age] = await fastify.faceEngine.ages(Uint8Array.from(copy), [faces[face]!], query, { signal }) ?? []
      return age
    }
    const judged: Array<Array<JudgedHit<Hit, HitVerdict>>> = []
    for (const [i, list] of hits.entries()) judged.push(await judgeHits(list, { verdict, shifts, isPair: false, probe: { estimateAge: () => estimateAge(i) } }))
    const cut = k !== body.k && hits.some((list) => list.length === most)

    return {
      success: true,
      faces_queried: faces.length,
      threshold: thresholdOfSearch(0),
      reason,
      compared,
      result: judged.map((list, i) => list.filter(({ isAccepted }) => body.similarity_search || isAccepted).slice(0, k).map((
        { hit: { path, hash, box }, distance, threshold, confidence, rule, ages }
      ) => ({
        identity: join(root, path),
        hash,
        distance,
        threshold,
        confidence,
        ...(shifts && { verdict: asVerdict('adaptive', rule, ages, [undefined, undefined]) }),
        ...named('target', box),
        ...named('source', faces[i]!.box)
      }))),
      ...livenessOfEach(faces, body.anti_spoofing),
      warnings: cut ? [...warnings, { message: `No more than ${k} rows are listed for a face. Ask for fewer with k or a smaller threshold.` }] : warnings
    }
  })
}

/** The edges of a box, with the names that DeepFace gives them. */
function named<Side extends 'target' | 'source'> (side: Side, { x, y, w, h }: { x: number, y: number, w: number, h: number }) {
  return { [`${side}_x`]: x, [`${side}_y`]: y, [`${side}_w`]: w, [`${side}_h`]: h } as Record<`${Side}_${'x' | 'y' | 'w' | 'h'}`, number>
}

export default find
