import fp from 'fastify-plugin'
import type { FaceEngine } from '../src/engine/engine.ts'
import { engineFailed } from '../src/errors.ts'
import type { ModelStore } from '../src/model-store/open-model-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly faceEngine: FaceEngine
  }
}

export interface FaceEngineOptions {
  /** Opens and warms the models; the service does not listen before this resolves. */
  readonly openEngine: (store: ModelStore) => Promise<FaceEngine>
}

/** Decorates the app with `faceEngine` and closes it with the app. */
export default fp<FaceEngineOptions>(async (fastify, { openEngine }) => {
  const engine = await openEngine(fastify.modelStore)
  fastify.decorate('faceEngine', { ...engine, represent: finite(engine.represent) })
  fastify.addHook('onClose', () => engine.close())
}, { name: 'face-engine', dependencies: ['model-store'] })

/** `represent` that fails where an embedding holds what JSON cannot say, and no distance can be taken of. */
const finite = (represent: FaceEngine['represent']): FaceEngine['represent'] => async (...request) => {
  const faces = await represent(...request)
  if (faces.every(({ embedding }) => embedding.every(Number.isFinite))) return faces
  throw engineFailed(new Error('An embedding is not finite.'))
}
