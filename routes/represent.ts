import { setImmediate } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { encode } from '@msgpack/msgpack'
import { Type } from '@sinclair/typebox'
import type { Traits } from '../src/pipelines/contract.ts'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, embeddingNumbers, FacialArea, facialArea } from '../src/schemas/face.ts'
import { livenessFields, livenessOf } from '../src/schemas/liveness.ts'
import { representOptions } from '../src/schemas/options.ts'
import { type Defaults, modelName, parameters } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'
import { IMG_UNLESS_IMAGES, imageFields, oneOrSeveral } from '../src/schemas/several.ts'
import { include, traitFields, traitsOfFace } from '../src/schemas/traits.ts'
import { forEachImage } from './shared/each-image.ts'

const MSGPACK = 'application/msgpack'

/** Embeddings that are converted before other requests have their turn: a millisecond or two. */
const AT_ONCE = 16

const body = (defaults: Defaults) => {
  const { distance_metric: _, threshold: __, ...shared } = parameters(defaults)
  return requestBody({
    ...imageFields(),
    ...shared,
    include,
    l2_normalize: Type.Boolean({ default: false, description: 'Scale each embedding to length 1.' })
  }, { title: 'RepresentInput', examples: [{ img: SAMPLE, model_name: defaults.DEFAULT_MODEL }], ...IMG_UNLESS_IMAGES })
}

const response = oneOrSeveral(Type.Object({
  success: Type.Boolean(),
  count: Type.Integer({ description: 'Number of faces.' }),
  model: modelName(),
  result: Type.Array(Type.Object({
    embedding: Type.Array(Type.Number(), { description: 'In application/msgpack: binary, float32, little-endian.' }),
    facial_area: FacialArea,
    face_confidence: confidenceOfFace,
    ...livenessFields,
    ...traitFields
  }, { title: 'RepresentedFace' }), { description: 'Largest face first; in the deepface pipeline in the detector\'s order, unless max_faces leaves some out.' })
}, {
  title: 'RepresentResult',
  examples: [{ success: true, count: 1, model: 'SFace', result: [{ embedding: [0.8134, -1.2071, 0.0442], facial_area: AREA_EXAMPLE, face_confidence: 0.9986 }] }]
}), 'RepresentResults')

/** Turns the faces of a picture into embeddings. */
const represent: FastifyPluginAsyncTypebox<{ defaults: Defaults, bodyLimit: number }> = async (fastify, { defaults, bodyLimit }) => {
  const options = endpoint({
    operationId: 'represent',
    tags: ['faces'],
    summary: 'Turn the faces of a picture into embeddings',
    description: 'With `Accept: application/msgpack` the same answer as MessagePack, embeddings and meshes as float32 binary: a quarter of the bytes.',
    eitherOf: ['img', 'images'],
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS,
    produces: ['application/json', MSGPACK]
  })

  fastify.post('/api/v1/represent', { ...options, bodyLimit }, async (request, reply) => {
    const { body, stopSignal: signal } = request
    const answers = async <Embedding, Mesh extends object>(asEmbedding: (vector: Float32Array) => Embedding, ownMesh: (face: Traits) => Mesh) =>
      await forEachImage(request, body, async (photo) => {
        const faces = await fastify.faceEngine.represent(photo, representOptions(body, 'represent'), { signal })
        const result = []
        for (const [i, face] of faces.entries()) {
          const embedding = asEmbedding(body.l2_normalize ? unit(face.embedding) : face.embedding)
          result.push({
            embedding,
            facial_area: facialArea(face),
            face_confidence: face.score,
            ...livenessOf(face),
            ...traitsOfFace(face),
            ...ownMesh(face)
          })
          // A crowd has millions of numbers.
          if (i % AT_ONCE === AT_ONCE - 1) await setImmediate()
        }
        return { faces, answer: { success: true, count: faces.length, model: body.model_name, result } }
      })
    if (request.type(['application/json', MSGPACK]) !== MSGPACK) return await answers(embeddingNumbers, () => ({}))
    const bytes = encode(await answers(littleEndian, ({ mesh }) => ({ ...(mesh && { mesh: littleEndian(mesh.points) }) })))
    return reply.type(MSGPACK).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never)
  })
}

/** Scales `v` to length 1. A zero vector stays as it is. */
function unit (v: Float32Array): Float32Array {
  const length = Math.hypot(...v)
  return length === 0 ? v : v.map((x) => x / length)
}

/** The values as float32, little-endian on every machine. */
function littleEndian (vector: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4))
  vector.forEach((value, i) => bytes.setFloat32(i * 4, value, true))
  return new Uint8Array(bytes.buffer)
}

export default represent
