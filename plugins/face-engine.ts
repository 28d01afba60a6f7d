import fp from 'fastify-plugin'
import type { FaceEngine } from '../src/engine/face-engine.ts'
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
  fastify.decorate('faceEngine', engine)
  fastify.addHook('onClose', () => engine.close())
}, { name: 'face-engine', dependencies: ['model-store'] })
