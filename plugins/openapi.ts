import swagger from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { withApiKeys } from '../src/schemas/document/api-keys.ts'
import { finished } from '../src/schemas/document/document.ts'
import { withChoice } from '../src/schemas/document/choices.ts'
import { VERSION } from '../src/version.ts'
import { scopeOf } from './api-keys.ts'

const DESCRIPTION = `Face verification, analysis, embedding, search and extraction. A drop-in for the REST service of Python DeepFace.

Every response has \`X-Request-Id\` (the client's own where it sends one of 1 to 64 characters out of \`A-Z a-z 0-9 . _ -\`) and \`X-Response-Time-Ms\`.
Every error has the shape \`ErrorResponse\`. A request with unknown fields is refused; nothing is coerced, and \`null\` in an optional field counts as left out.`

const PROJECT = 'https://github.com/visage-server/visage'

export interface OpenApiOptions {
  /** Whether requests are refused without an API key. */
  readonly needsKey: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly eitherOf?: readonly string[]
  }
}

/** Builds the OpenAPI document from the routes registered after it, and serves it at /openapi.json and /openapi.yaml. */
export default fp<OpenApiOptions>(async (fastify, { needsKey }) => {
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Visage',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
        contact: { name: 'Visage', url: PROJECT }
      },
      externalDocs: { url: `${PROJECT}#readme`, description: 'What the endpoints do, and how to run the service' },
      servers: [{ url: '/', description: 'This service' }],
      tags: [
        { name: 'faces', description: 'Faces in pictures.' },
        { name: 'collections', description: 'People that are enrolled, and searched.' },
        { name: 'model-catalogue', description: 'The models that the service can run.' },
        { name: 'service', description: 'The state of the service.' },
        { name: 'deepface', description: 'The paths of DeepFace\'s own service, for its clients. They always use the deepface pipeline.' }
      ]
    },
    transform: ({ schema, url, route }) => ({ url, schema: withChoice(schema as FastifySchema, route.config?.eitherOf) }),
    transformObject: (document) => 'openapiObject' in document
      ? withApiKeys(finished(document.openapiObject), { areRequired: needsKey, isOpen: (path) => scopeOf(path) === 'open' })
      : document.swaggerObject
  })
  const hidden = { schema: { hide: true } }
  fastify.get('/openapi.json', hidden, async () => fastify.swagger())
  fastify.get('/openapi.yaml', { ...hidden, config: { produces: ['application/yaml'] } }, async (_request, reply) =>
    reply.type('application/yaml').send(fastify.swagger({ yaml: true })))
}, { name: 'openapi' })
