import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { dbNotConfigured } from '../src/find/face-folder-problems.ts'
import { endpoint } from '../src/schemas/endpoint.ts'

const index = Type.Object({
  index: Type.String({ description: 'File of the index: one for each model and its settings.' }),
  indexing: Type.Boolean({ description: 'Whether photos are being indexed now.' }),
  done: Type.Integer({ description: 'Photos of the running or last run that are done.' }),
  total: Type.Integer({ description: 'Photos that this run has to look at: those that are new or changed.' }),
  photos: Type.Integer({ description: 'In the index, as searches see it.' }),
  faces: Type.Integer()
}, { title: 'FindIndex' })

const response = Type.Object({ success: Type.Boolean(), indexes: Type.Array(index) }, {
  title: 'FindStatus',
  examples: [{ success: true, indexes: [{ index: 'sface-yunetmesh-native-base-1f0c9a3b.index', indexing: true, done: 1200, total: 4000, photos: 800, faces: 950 }] }]
})

/** Progress of the indexes of FACES_DB_PATH. */
const findStatus: FastifyPluginAsyncTypebox = async (fastify) => {
  const options = endpoint({
    operationId: 'getFindStatus',
    tags: ['faces'],
    summary: 'How far the indexing of the face database is',
    description: 'Of the indexes that searches have asked for since the start.',
    response
  })
  fastify.get('/api/v1/find/status', options, async () => {
    if (fastify.faceFolder.root === undefined) throw dbNotConfigured()
    return { success: true, indexes: fastify.faceFolder.progress() }
  })
}

export default findStatus
