/** Prints the OpenAPI document of the default configuration; no model is opened. */
import { writeFileSync } from 'node:fs'
import Fastify from 'fastify'
import app, { serverOptions } from '../app.ts'
import { readConfig } from '../config.ts'
import type { FaceEngine } from '../engine/engine.ts'
import type { ModelStore } from '../store/store.ts'

const config = readConfig({})
/** Stands in for parts that no schema depends on, and that nobody calls here. */
const absent = <Part extends object>(part: Partial<Part> = {}): Part => part as Part

const fastify = Fastify(serverOptions(config))
await fastify.register(app, {
  config,
  openEngine: async () => absent<FaceEngine>({ close: async () => {} }),
  openIntake: async () => absent(),
  openStore: () => absent<ModelStore>({ close: async () => {} })
})
await fastify.ready()
// Synchronous, since a pipe may be shorter than the document.
writeFileSync(1, `${JSON.stringify(fastify.swagger(), null, 2)}\n`)
await fastify.close()
