import { env } from 'node:process'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import app, { serverOptions } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { FaceError } from '../src/errors.ts'
import { services } from '../src/services.ts'

/** The sample photos of a devDependency: four women on sample6, side by side. */
export const SAMPLES = new URL('../node_modules/@vladmandic/face-api/demo/', import.meta.url)

/**
 * The whole service on real models, which are fetched when they are not in MODELS_PATH. It listens, and closes itself when `t` ends.
 * A text instead says why there can be none.
 */
export async function buildReal (t: Test, variables: NodeJS.ProcessEnv): Promise<{ app: FastifyInstance, origin: string } | string> {
  const config = readConfig({ MODELS_PATH: env['MODELS_PATH'], ...variables })
  const fastify = Fastify(serverOptions(config) as FastifyServerOptions)
  t.teardown(() => fastify.close())
  try {
    await fastify.register(app, services(config, fastify.log, { write: () => {} }))
    return { app: fastify, origin: await fastify.listen({ host: '127.0.0.1', port: 0 }) }
  } catch (error) {
    if (error instanceof FaceError && error.code === 'model_unavailable') return `the weights cannot be had: ${error.message}`
    throw error
  }
}
