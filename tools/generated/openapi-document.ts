import Fastify from 'fastify'
import app, { serverOptions } from '../../src/app.ts'
import { absentCollections } from '../../src/collections/open-collections.ts'
import { readConfig } from '../../src/config/config.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import type { ModelStore } from '../../src/model-store/open-model-store.ts'

/** Placeholder for services that no schema depends on and that are not called here. */
const absent = <Part extends object>(part: Partial<Part> = {}): Part => part as Part

/** Returns the OpenAPI document of the default configuration as JSON; no model is opened. */
export async function openapiDocument (): Promise<string> {
  const config = readConfig({})
  const fastify = Fastify(serverOptions(config))
  await fastify.register(app, {
    config,
    openEngine: async () => absent<FaceEngine>({ close: async () => {} }),
    openCollections: async () => absentCollections(),
    openIntake: async () => absent(),
    openStore: () => absent<ModelStore>({ close: async () => {} })
  })
  await fastify.ready()
  const document = fastify.swagger()
  await fastify.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
