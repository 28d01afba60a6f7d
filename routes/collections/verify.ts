import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { noSubject } from '../../src/collections/collection-problems.ts'
import type { SearchHit } from '../../src/collections/contract.ts'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { type Probe, probesOf } from '../../src/collections/probe.ts'
import { storedAges } from '../../src/collections/stored-age.ts'
import { type Verdict, verdictsOf } from '../../src/collections/verdicts.ts'
import { FaceError } from '../../src/errors.ts'
import { judgeHits, type JudgedHit } from '../../src/match/judge-hits.ts'
import { shiftsFor } from '../../src/models/group-shifts.ts'
import { FACE_ERRORS, ofSubject } from '../../src/schemas/collections.ts'
import { endpoint } from '../../src/schemas/endpoint.ts'
import { AREA_EXAMPLE, facialArea, nullableArea } from '../../src/schemas/face.ts'
import { livenessFields, livenessOf, spoofFields, spoofIn } from '../../src/schemas/liveness.ts'
import { atLeast, probeBody, probeOptions, probeSource, verdictFields, VERDICT_EXAMPLE } from '../../src/schemas/probe.ts'
import type { Defaults } from '../../src/schemas/parameters.ts'
import { SAMPLE } from '../../src/schemas/samples.ts'
import { asVerdict, verdictField } from '../../src/schemas/verdict.ts'
import { keptCopy } from '../shared/kept-copy.ts'

const body = probeBody({ at_least: atLeast }, { title: 'SubjectVerifyInput', examples: [{ img: SAMPLE }] })

const response = Type.Object({
  success: Type.Boolean(),
  verified: Type.Boolean({ description: 'Whether distance ≤ threshold and, with anti_spoofing "report", the face is real.' }),
  subject: Type.String(),
  face: Type.String({ description: 'The enrolled face that decides.' }),
  ...verdictFields,
  verdict: verdictField,
  facial_area: nullableArea,
  ...livenessFields,
  ...spoofFields
}, {
  title: 'SubjectVerified',
  examples: [{ success: true, verified: true, subject: 'ann', face: '6b7f0c3e-2b3e-4f0e-9d5a-1a2b3c4d5e6f', ...VERDICT_EXAMPLE, facial_area: AREA_EXAMPLE }]
})

/** Most enrolled faces of the subject that each face of the picture is judged with, where the nearest may be refused for its age. */
const MOST_HITS = 8

/** Decides whether a subject is on a picture. */
const verify: FastifyPluginAsyncTypebox<{ defaults: Defaults }> = async (fastify, { defaults }) => {
  const options = endpoint({
    operationId: 'verifySubject',
    tags: ['collections'],
    summary: 'Is this subject on a picture?',
    description: 'The closest pair of a face of the picture and an enrolled face of the subject decides that is accepted by its own threshold, and the closest of all where none is.',
    answerHeaders: ['Collection-Version'],
    eitherOf: ['img', 'embedding'],
    params: ofSubject,
    body,
    response,
    errors: FACE_ERRORS
  })
  fastify.post('/api/v1/collections/:collection/subjects/:subject/verify', options, async (request, reply) => {
    const { params: { collection: id, subject }, body, stopSignal: signal } = request
    const { collections } = fastify
    const collection = await existingCollection(collections, id)
    const threshold = body.threshold ?? collection.threshold
    const verdicts = verdictsOf(collection, threshold)
    const verdict = ({ score }: SearchHit, shift: number): Verdict => verdicts.verdict(score, shift)
    const shifts = threshold === undefined ? shiftsFor(collection, defaults.VERDICT_POLICY) : undefined
    const known = await collections.subject(id, subject)
    if (!known) throw noSubject(subject)
    const source = await probeSource(body, collection, request.readImage.bind(request))
    const copy = shifts && source instanceof Uint8Array ? keptCopy(request, source) : undefined
    const probes = await probesOf(collection, source, { ...probeOptions(body), copy }, fastify.faceEngine, signal)
    const query = { k: shifts ? MOST_HITS : 1, filter: { subjects: [subject] }, atLeast: body.at_least, signal }
    const pairs: Array<JudgedHit<SearchHit, Verdict> & Pick<Probe, 'face'>> = []
    const estimateAge = storedAges(collection, collections, fastify.faceEngine, signal)
    for (const { embedding, face, estimateAge: estimateOwn } of probes) {
      const { hits, asOf } = await collections.search(id, { ...query, vector: embedding })
      reply.header('collection-version', asOf)
      const judged = await judgeHits(hits, { verdict, shifts, isPair: true, probe: { yaw: face?.yaw, estimateAge: estimateOwn }, estimateAge })
      pairs.push(...judged.map((one) => ({ ...one, ...(face && { face }) })))
    }
    const nearest = pairs.sort((a, b) => b.similarity - a.similarity)
    const best = nearest.find(({ isAccepted }) => isAccepted) ?? nearest[0]
    if (!best) throw new FaceError('not_found', `The subject ${subject} has no faces yet. Enrol some with POST …/faces.`)
    const { hit, similarity, distance, confidence, isAccepted, rule, ages, face = {} } = best
    const spoof = spoofIn({ img: face })
    return {
      success: true,
      verified: isAccepted && !spoof,
      subject,
      face: hit.face,
      similarity,
      distance,
      threshold: best.threshold,
      confidence,
      ...(shifts && { verdict: asVerdict('adaptive', rule, ages, [best.face?.yaw, hit.details.yaw]) }),
      facial_area: best.face ? facialArea(best.face) : null,
      ...livenessOf(face),
      ...spoof
    }
  })
}

export default verify
