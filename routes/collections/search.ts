import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { SearchHit, SearchResult } from '../../src/collections/contract.ts'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { probesOf } from '../../src/collections/probe.ts'
import { storedAges } from '../../src/collections/stored-age.ts'
import { searchVerdictsOf, type Verdict } from '../../src/collections/verdicts.ts'
import { hitsToJudge, judgeHits, type JudgedHit } from '../../src/match/judge-hits.ts'
import { shiftsFor } from '../../src/models/group-shifts.ts'
import { FACE_ERRORS, filter, inCollection } from '../../src/schemas/collections.ts'
import { endpoint } from '../../src/schemas/endpoint.ts'
import { AREA_EXAMPLE, facialArea, nullableArea } from '../../src/schemas/face.ts'
import { livenessFields, livenessOf } from '../../src/schemas/liveness.ts'
import { atLeast, probeBody, probeOptions, probeSource, verdictFields, VERDICT_EXAMPLE } from '../../src/schemas/probe.ts'
import { type Defaults, ownFalseAlarms, searchFields } from '../../src/schemas/parameters.ts'
import { SAMPLE } from '../../src/schemas/samples.ts'
import { include, traitFields, traitsOfFace } from '../../src/schemas/traits.ts'
import { asVerdict, verdictField } from '../../src/schemas/verdict.ts'
import { keptCopy } from '../shared/kept-copy.ts'

/** Most rows of one response, all faces of the picture together. */
const MOST_ROWS = 10_000

const body = probeBody({
  k: Type.Integer({ minimum: 1, maximum: 1000, default: 10, description: 'At most so many faces for each face of the picture.' }),
  similarity_search: Type.Boolean({ default: false, description: 'List who looks most alike, whatever the threshold says.' }),
  search_false_alarms: Type.Optional(ownFalseAlarms('Share of the strangers that a search may name as somebody: the threshold falls with the number of faces that are compared. "off": the threshold of a pair. Left out, that of the collection, otherwise of the service. Without effect where the request or the collection has a threshold, and in the deepface pipeline.')),
  filter: Type.Optional(filter),
  include,
  at_least: atLeast
}, { title: 'SearchInput', examples: [{ img: SAMPLE, k: 5, filter: { metadata: { team: 'red' } } }] })

const match = Type.Object({ subject: Type.String(), face: Type.String(), ...verdictFields, verdict: verdictField }, { title: 'SearchMatch' })

const response = Type.Object({
  success: Type.Boolean(),
  faces_queried: Type.Integer(),
  version: Type.String({ description: 'The search saw all writes up to this one.' }),
  exact: Type.Boolean({ description: 'Whether these are provably the best of all faces.' }),
  ...searchFields,
  result: Type.Array(Type.Object({
    facial_area: nullableArea,
    matches: Type.Array(match),
    ...livenessFields,
    ...traitFields
  }, { title: 'SearchedFace' }), { description: 'One for each face of the picture, the largest first; best match first in each, possibly none.' })
}, {
  title: 'SearchResult',
  examples: [{
    success: true,
    faces_queried: 1,
    version: '42',
    exact: true,
    threshold: VERDICT_EXAMPLE.threshold,
    reason: 'search',
    compared: 9,
    result: [{ facial_area: AREA_EXAMPLE, matches: [{ subject: 'ann', face: '6b7f0c3e-2b3e-4f0e-9d5a-1a2b3c4d5e6f', ...VERDICT_EXAMPLE }] }]
  }]
})

type Match = JudgedHit<SearchHit, Verdict>

const asMatch = ({ hit: { subject, face, details }, similarity, distance, threshold, confidence, rule, ages }: Match, isAdaptive: boolean) =>
  ({ subject, face, similarity, distance, threshold, confidence, ...(isAdaptive && { verdict: asVerdict('adaptive', rule, ages, [undefined, details.yaw]) }) })

/** Finds the people of a picture in a collection. */
const search: FastifyPluginAsyncTypebox<{ defaults: Defaults }> = async (fastify, { defaults }) => {
  const options = endpoint({
    operationId: 'searchCollection',
    tags: ['collections'],
    summary: 'Find the people of a picture in a collection',
    description: 'Exact: every enrolled face that the filter allows is compared, by cosine distance. A search sees every write that was answered before it began.',
    answerHeaders: ['Collection-Version'],
    eitherOf: ['img', 'embedding'],
    params: inCollection,
    body,
    response,
    errors: FACE_ERRORS
  })
  fastify.post('/api/v1/collections/:collection/search', options, async (request, reply) => {
    const { params: { collection: id }, body, stopSignal: signal } = request
    const { collections } = fastify
    const collection = await existingCollection(collections, id)
    const falseAlarms = body.search_false_alarms ?? collection.falseAlarms ?? defaults.SEARCH_FALSE_ALARMS
    const { reason, minScore, among } = searchVerdictsOf(collection, body.threshold, falseAlarms)
    const source = await probeSource(body, collection, request.readImage.bind(request))
    const isFixed = (body.threshold ?? collection.threshold) !== undefined || body.similarity_search
    const shifts = isFixed ? undefined : shiftsFor(collection, defaults.VERDICT_POLICY)
    const copy = shifts && source instanceof Uint8Array ? keptCopy(request, source) : undefined
    const probes = await probesOf(collection, source, { ...probeOptions(body), include: body.include, copy }, fastify.faceEngine, signal)
    const k = Math.max(1, Math.min(body.k, Math.floor(MOST_ROWS / Math.max(1, probes.length))))
    const more = shifts ? hitsToJudge(k, 1000) : k
    const query = { k: more, minScore: body.similarity_search ? -1 : minScore, filter: body.filter, atLeast: body.at_least, signal }
    const results: SearchResult[] = []
    for (const { embedding } of probes) results.push(await collections.search(id, { ...query, vector: embedding }))
    const version = results.at(-1)?.asOf ?? collection.version
    const compared = results.at(-1)?.compared ?? 0
    const verdicts = among(compared)
    const { threshold } = verdicts
    const verdict = ({ score }: SearchHit, shift: number): Verdict => verdicts.verdict(score, shift)
    const estimateAge = storedAges(collection, collections, fastify.faceEngine, signal)
    const judged: Match[][] = []
    for (const [i, probe] of probes.entries()) judged.push(await judgeHits(results[i]!.hits, { verdict, shifts, isPair: false, probe, estimateAge }))
    reply.header('collection-version', version)
    return {
      success: true,
      faces_queried: probes.length,
      version,
      exact: results.every(({ exact }) => exact),
      threshold,
      reason,
      compared,
      result: probes.map(({ face }, i) => ({
        facial_area: face ? facialArea(face) : null,
        ...livenessOf(face ?? {}),
        ...traitsOfFace(face ?? {}),
        matches: judged[i]!.filter(({ isAccepted }) => body.similarity_search || isAccepted).slice(0, k).map((one) => asMatch(one, shifts !== undefined))
      }))
    }
  })
}

export default search
