import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { ClusterJob } from '../../src/collections/clusters/cluster-jobs.ts'
import { clusterRuleOf } from '../../src/collections/clusters/collection-rule.ts'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import {
  clusterThreshold, Done, inCollection, nullable, ofClusterJob, page, pageOf, paging, READ_ERRORS, timestamp, WRITE_ERRORS
} from '../../src/schemas/collections.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import type { Defaults } from '../../src/schemas/parameters.ts'

const path = '/api/v1/collections/:collection/cluster-jobs'
const tags = ['collections']

const jobFields = Type.Object({
  id: Type.String(),
  status: Type.Unsafe<ClusterJob['status']>({ title: 'ClusterStatus', type: 'string', enum: ['running', 'done', 'failed'] }),
  progress: Type.Number({ description: 'Share of the work that is done, 0..1, about as it takes time.' }),
  faces: nullable<number>({ type: 'integer', description: 'Number of faces; null unless it is done.' }),
  groups: nullable<number>({ type: 'integer', description: 'Number of groups; null unless it is done.' }),
  version: nullable<string>({ type: 'string', description: 'The groups include all writes up to this one; null unless it is done.' }),
  error_code: nullable<string>({ type: 'string', description: 'Why it failed.' }),
  message: nullable<string>({ type: 'string', description: 'Why it failed, for people.' }),
  created_at: timestamp(),
  ended_at: nullable<string>(timestamp()),
  expires_at: nullable<string>(timestamp('When it is forgotten: an hour after its end.'))
}, { title: 'ClusterJob' })

const asJob = ({ id, status, progress, createdAt, endedAt, expiresAt, result, error }: ClusterJob): Static<typeof jobFields> => ({
  id,
  status,
  progress,
  faces: result?.faces ?? null,
  groups: result?.groups ?? null,
  version: result?.version ?? null,
  error_code: error?.code ?? null,
  message: error?.message ?? null,
  created_at: createdAt.toISOString(),
  ended_at: endedAt?.toISOString() ?? null,
  expires_at: expiresAt?.toISOString() ?? null
})

const RUNNING = {
  id: '0b5c1c9e-6f0b-4d59-9a3f-2f6d0f9f3c11',
  status: 'running',
  progress: 0.42,
  faces: null,
  groups: null,
  version: null,
  error_code: null,
  message: null,
  created_at: '2026-01-05T09:30:00.000Z',
  ended_at: null,
  expires_at: null
}
const ENDED = { ...RUNNING, status: 'done', progress: 1, faces: 100_000, groups: 23_817, version: '104', ended_at: '2026-01-05T09:31:10.000Z', expires_at: '2026-01-05T10:31:10.000Z' }

const body = requestBody({ threshold: clusterThreshold }, { title: 'ClusterJobCreate', examples: [{}] })
const one = (example: object) => Type.Object({ success: Type.Boolean(), job: jobFields }, { title: 'ClusterJobResult', examples: [{ success: true, job: example }] })
const listed = Type.Object({ success: Type.Boolean(), jobs: Type.Array(jobFields, { description: 'At most one.' }) }, {
  title: 'ClusterJobList', examples: [{ success: true, jobs: [RUNNING] }]
})
const rows = Type.Object(page({
  version: Type.String({ description: 'The groups include all writes up to this one.' }),
  faces: Type.Array(Type.Object({
    group: Type.Integer({ description: 'Number of its group, from 0. A group may go on on the next page.' }),
    face: Type.String({ description: 'The enrolled face.' }),
    subject: Type.String()
  }, { title: 'ClusteredFace' }), { description: 'By group, the largest group first, in order of enrolment; without those that were deleted since.' })
}), {
  title: 'ClusteredFaces',
  examples: [{ success: true, version: '104', faces: [{ group: 0, face: '6b7f0c3e-2b3e-4f0e-9d5a-1a2b3c4d5e6f', subject: 'ann' }], next: null }]
})

/** Jobs that group all faces of a collection, however many they are. */
const clusterJobs: FastifyPluginAsyncTypebox<{ defaults: Defaults }> = async (fastify, { defaults }) => {
  const collectionOf = ({ params: { collection } }: { params: Static<typeof inCollection> }) => existingCollection(fastify.collections, collection)

  const start = endpoint({
    operationId: 'startClusterJob',
    tags,
    summary: 'Group all faces of a collection by person',
    description: 'In the background, while requests go on. `Location` is the address of the job. A collection has one job at a time, which is forgotten when the next one starts, an hour after its end, and when the service stops.',
    answerHeaders: ['Location'],
    params: inCollection,
    body,
    forms: false,
    status: 202,
    response: one(RUNNING),
    errors: WRITE_ERRORS
  })
  fastify.post(path, start, async (request, reply) => {
    const collection = await collectionOf(request)
    const { threshold } = request.body
    const job = fastify.clusterJobs.start(collection, clusterRuleOf(collection, threshold, defaults.VERDICT_POLICY))
    reply.code(202).header('location', `/api/v1/collections/${encodeURIComponent(collection.id)}/cluster-jobs/${job.id}`)
    return { success: true, job: asJob(job) }
  })

  const list = endpoint({
    operationId: 'listClusterJobs',
    tags,
    summary: 'The job that groups a collection',
    description: 'A list of at most one.',
    params: inCollection,
    response: listed,
    errors: READ_ERRORS
  })
  fastify.get(path, list, async (request) => ({ success: true, jobs: fastify.clusterJobs.list(await collectionOf(request)).map(asJob) }))

  const get = endpoint({
    operationId: 'getClusterJob',
    tags,
    summary: 'How far a job is',
    description: 'Its state and progress; once it is done, how many groups it has found.',
    params: ofClusterJob,
    response: one(ENDED),
    errors: READ_ERRORS
  })
  fastify.get(`${path}/:job`, get, async (request) => ({ success: true, job: asJob(fastify.clusterJobs.get(await collectionOf(request), request.params.job)) }))

  const faces = endpoint({
    operationId: 'listClusteredFaces',
    tags,
    summary: 'The groups that a job has found',
    description: 'Page by page.',
    answerHeaders: ['Collection-Version'],
    params: ofClusterJob,
    querystring: paging,
    response: rows,
    errors: [...READ_ERRORS, 'conflict']
  })
  fastify.get(`${path}/:job/faces`, faces, async (request, reply) => {
    const { clusterJobs } = fastify
    const collection = await collectionOf(request)
    const { items, next } = await clusterJobs.faces(collection, request.params.job, pageOf(request.query))
    const version = clusterJobs.get(collection, request.params.job).result!.version
    reply.header('collection-version', version)
    return { success: true, version, faces: [...items], next: next ?? null }
  })

  const remove = endpoint({
    operationId: 'deleteClusterJob',
    tags,
    summary: 'Stop a job, and forget what it has found',
    description: 'A job that runs ends at once.',
    params: ofClusterJob,
    response: Done,
    errors: READ_ERRORS
  })
  fastify.delete(`${path}/:job`, remove, async (request) => {
    fastify.clusterJobs.remove(await collectionOf(request), request.params.job)
    return { success: true }
  })
}

export default clusterJobs
