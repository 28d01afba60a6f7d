import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { type Metric, METRICS } from '../src/match/distance.ts'
import type { Source } from '../src/models/card.ts'
import { partsOf } from '../src/models/model-files.ts'
import type { ModelStatus } from '../src/models/model-status.ts'
import { endpoint } from '../src/schemas/endpoint.ts'
import { oneOf } from '../src/schemas/parameters.ts'

const byMetric = Object.fromEntries(METRICS.map((metric) => [metric, Type.Number()])) as Record<Metric, ReturnType<typeof Type.Number>>

const Thresholds = Type.Object(byMetric, {
  title: 'Thresholds', description: 'Largest distance that counts as the same person, by metric.'
})

const Model = Type.Object({
  name: Type.String(),
  task: oneOf(['recognition', 'detection', 'landmarks', 'attributes', 'anti-spoofing']),
  status: oneOf(['ready', 'downloadable', 'unavailable'], { description: 'downloadable: fetched on first use.' }),
  reason: Type.Optional(Type.String({ description: 'Why it is unavailable.' })),
  licence: Type.Optional(Type.Object({
    name: Type.String({ description: 'SPDX identifier where there is one.' }),
    commercial: Type.Boolean({ description: 'Whether it permits commercial use, as far as the authors say.' }),
    note: Type.String()
  })),
  paper: Type.Optional(Type.String()),
  files: Type.Optional(Type.Array(Type.Object({
    name: Type.String(),
    sha256: Type.Optional(Type.String({ description: 'Absent where its authors tell none; the first copy is then kept to.' })),
    bytes: Type.Optional(Type.Integer()),
    sources: Type.Array(Type.String())
  }))),
  embedding_length: Type.Optional(Type.Integer()),
  adaptive: Type.Optional(Type.Boolean({ description: 'Of a recogniser: whether the native pipeline moves its thresholds with the ages and the poses of two faces; otherwise they are the same for all.' })),
  input_size: Type.Optional(Type.Array(Type.Integer(), { description: 'Height and width; absent where the network takes any.' })),
  thresholds: Type.Optional(Type.Object({
    native: Type.Optional(Thresholds), native_other_detectors: Type.Optional(Thresholds), deepface: Type.Optional(Thresholds)
  }, { description: 'By pipeline. `native` holds for faces that `yunet` finds, whose landmarks come from a mesh, and `native_other_detectors` for those of all others.' }))
}, { title: 'ModelCard' })

const options = endpoint({
  operationId: 'listModels',
  tags: ['model-catalogue'],
  summary: 'List the recognisers, detectors and attribute models',
  description: 'Every name of the contract is listed; those without weights in this version are unavailable.',
  response: Type.Object({ success: Type.Boolean(), count: Type.Integer(), result: Type.Array(Model) }, {
    title: 'ModelsResult',
    examples: [{
      success: true,
      count: 1,
      result: [{
        name: 'SFace',
        task: 'recognition',
        status: 'ready',
        licence: { name: 'Apache-2.0', commercial: true, note: 'Trained on CASIA-WebFace, VGGFace2 and MS1MV2.' },
        embedding_length: 128,
        adaptive: true,
        input_size: [112, 112],
        thresholds: { native: { cosine: 0.625, euclidean: 13.2, euclidean_l2: 1.1184, angular: 0.3777 } }
      }]
    }]
  })
})

/** The models that the service can run, with their licences and sources. */
const models: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get('/api/v1/models', options, async () => {
    const all = await fastify.modelStore.status()
    return { success: true, count: all.length, result: all.map(toModel) }
  })
}

/** Maps the status of a model to the response. */
function toModel ({ name, task, state, reason, card, embeddingLength, calibration, adaptive }: ModelStatus) {
  return {
    name,
    task,
    status: state,
    ...(reason !== undefined && { reason }),
    ...(card && {
      licence: card.licence,
      paper: card.paper,
      files: partsOf(card).flatMap(({ files }) => files).map(({ sources, ...file }) => ({ ...file, sources: sources.map(sourceText) })),
      ...(card.conversion.format !== 'raw' && card.conversion.input.size && { input_size: [...card.conversion.input.size] })
    }),
    ...(embeddingLength !== undefined && { embedding_length: embeddingLength }),
    ...(adaptive !== undefined && { adaptive }),
    ...(calibration && {
      thresholds: {
        ...calibration.mesh && { native: calibration.mesh.thresholds },
        ...calibration.detector && { native_other_detectors: calibration.detector.thresholds },
        ...calibration.deepface && { deepface: calibration.deepface.thresholds }
      }
    })
  }
}

/** The file's address, or that of its archive and, after `#`, its path in there. */
const sourceText = (source: Source): string => {
  const place = 'npm' in source ? `npm:${source.npm}/${source.path}` : source.url
  return source.packed && source.member !== undefined ? `${place}#${source.member}` : place
}

export default models
