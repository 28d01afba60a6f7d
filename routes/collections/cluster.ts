import { setImmediate } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { enrolledMembers, type Member, membersOf } from '../../src/collections/cluster-members.ts'
import { vectorOf } from '../../src/collections/embedding.ts'
import { clusterRuleOf } from '../../src/collections/clusters/collection-rule.ts'
import { MOST_GROUPED } from '../../src/collections/clusters/group-faces.ts'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { FaceError, validationError } from '../../src/errors.ts'
import { riseOf } from '../../src/match/group-shift.ts'
import { clusterThreshold, FACE_ERRORS, inCollection } from '../../src/schemas/collections.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { facialArea, nullableArea } from '../../src/schemas/face.ts'
import { images, MAX_EMBEDDING } from '../../src/schemas/image-fields.ts'
import type { Defaults } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'

/** Vectors that are checked before other requests have their turn: 64 of the longest recogniser take a millisecond. */
const AT_ONCE = 64

const body = requestBody({
  imgs: Type.Optional(images(32, 'Photos of people that nobody knows.')),
  embeddings: Type.Optional(Type.Array(Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_EMBEDDING }), {
    minItems: 1, maxItems: MOST_GROUPED, description: 'Vectors of faces that nobody knows, made with the settings of the collection.'
  })),
  threshold: clusterThreshold
}, { title: 'ClusterInput', description: 'Without imgs and embeddings, the enrolled faces of the collection are grouped.', examples: [{ imgs: [SAMPLE, SAME_PERSON] }] })

const member = Type.Object({
  source: Type.Optional(Type.String({ description: 'Where it stands in the request: `imgs.0`, `embeddings.3`.' })),
  facial_area: Type.Optional(nullableArea),
  face: Type.Optional(Type.String({ description: 'The enrolled face.' })),
  subject: Type.Optional(Type.String())
}, { title: 'GroupedFace' })

const response = Type.Object({
  success: Type.Boolean(),
  faces: Type.Integer(),
  groups: Type.Array(Type.Array(member), { description: 'One list for each person, the largest group first.' }),
  skipped: Type.Array(Type.Object({ source: Type.String(), error_code: Type.String(), message: Type.String() }, { title: 'SkippedPhoto' }))
}, {
  title: 'ClusterResult',
  examples: [{
    success: true,
    faces: 3,
    groups: [[{ source: 'imgs.0', facial_area: null }, { source: 'imgs.1', facial_area: null }], [{ source: 'imgs.1', facial_area: null }]],
    skipped: []
  }]
})

/** Groups faces that show the same person. */
const cluster: FastifyPluginAsyncTypebox<{ bodyLimit: number, defaults: Defaults }> = async (fastify, { bodyLimit, defaults }) => {
  const options = endpoint({
    operationId: 'clusterFaces',
    tags: ['collections'],
    summary: 'Group faces that show the same person',
    description: `Of photos, of embeddings, or of the collection itself; at most ${MOST_GROUPED} faces; cluster-jobs group a larger collection. Groups are joined while they are alike enough; among many groups that takes more than among few. Nothing is stored.`,
    params: inCollection,
    body,
    response,
    errors: FACE_ERRORS
  })
  fastify.post('/api/v1/collections/:collection/cluster', { ...options, bodyLimit }, async (request) => {
    const { params: { collection: id }, body: { imgs = [], embeddings = [], threshold }, stopSignal: signal } = request
    const { collections, faceEngine: engine } = fastify
    const collection = await existingCollection(collections, id)
    // Refuses a model without thresholds before any work.
    const { ruleOf, shifts } = clusterRuleOf(collection, threshold, defaults.VERDICT_POLICY)
    const skipped: Array<{ source: string, error_code: string, message: string }> = []
    const members: Member[] = []
    for (const [i, values] of embeddings.entries()) {
      const source = `embeddings.${i}`
      members.push({ source, embedding: vectorOf(source, values, collection) })
      // They may hold eight million numbers.
      if (i % AT_ONCE === AT_ONCE - 1) await setImmediate()
    }
    for (const [i, text] of imgs.entries()) {
      const source = `imgs.${i}`
      const found = await membersOf(collection, source, () => request.readImage(source, text), { engine, ages: shifts !== undefined, signal })
      if (found instanceof FaceError) skipped.push({ source, error_code: found.code, message: found.message })
      else members.push(...found)
    }
    if (imgs.length + embeddings.length === 0) members.push(...await enrolledMembers(collections, id, MOST_GROUPED))
    if (members.length > MOST_GROUPED) throw validationError([{ field: '', msg: `There are more than ${MOST_GROUPED} faces. Send fewer, or start a job (POST …/cluster-jobs) for those of the collection` }])

    const { length } = collection
    const vectors = new Float32Array(members.length * length)
    members.forEach(({ embedding }, i) => vectors.set(embedding, i * length))
    const rises = shifts && Float32Array.from(members, ({ age }) => riseOf(shifts, age))
    const faces = { embeddings: vectors, length, rises, rule: ruleOf(members.length) }
    const numbers = members.length === 0 ? [] : [...await collections.group(faces, signal)]
    const groups: Member[][] = []
    members.forEach((member, i) => { (groups[numbers[i]!] ??= []).push(member) })
    return {
      success: true,
      faces: members.length,
      groups: groups.sort((a, b) => b.length - a.length).map((group) => group.map(({ source, found, face, subject }) => face === undefined
        ? { source: source!, facial_area: found ? facialArea(found) : null }
        : { face, subject: subject! })),
      skipped
    }
  })
}

export default cluster
