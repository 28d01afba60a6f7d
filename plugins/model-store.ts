import fp from 'fastify-plugin'
import type { ModelStore } from '../src/model-store/open-model-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly modelStore: ModelStore
  }
}

export interface ModelStoreOptions {
  readonly openStore: () => ModelStore | Promise<ModelStore>
}

/** Decorates the app with `modelStore` and closes it with the app. */
export default fp<ModelStoreOptions>(async (fastify, { openStore }) => {
  const store = await openStore()
  fastify.decorate('modelStore', store)
  fastify.addHook('onClose', () => store.close())
}, { name: 'model-store' })
