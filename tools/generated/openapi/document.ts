import Fastify from 'fastify'
import app, { serverOptions } from '../../../src/app.ts'
import { absentCollections } from '../../../src/collections/open-collections.ts'
import { readConfig } from '../../../src/config/config.ts'
import type { FaceEngine } from '../../../src/engine/face-engine.ts'
import type { ModelStore } from '../../../src/model-store/open-model-store.ts'

/** Placeholder for services that no schema depends on and that are not called here. */
const absent = <Part extends object>(part: Partial<Part> = {}): Part => part as Part

/** An OpenAPI document, as far as it is read here. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly servers: ReadonlyArray<{ readonly url: string, readonly description: string }>
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
}

/** Returns the OpenAPI document of the default configuration, for files; no model is opened. */
export async function openapiDocument (): Promise<OpenApiDocument> {
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
  const document = fastify.swagger() as OpenApiDocument
  await fastify.close()
  // A client that is made from a file needs an address, and one that is made for any service can send a key.
  return { ...document, servers: [{ url: 'http://127.0.0.1:5000', description: 'A service on this computer' }], security: [{ apiKey: [] }, { bearer: [] }] }
}
