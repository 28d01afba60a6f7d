import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { named, withAlternatives, withApiKeys, withForms } from '../src/schemas/document.ts'
import { VERSION } from '../src/version.ts'
import { scopeOf } from './api-keys.ts'

const DESCRIPTION = `Face verification, analysis, embedding, search and extraction. A drop-in for the REST service of Python DeepFace.

Every response has \`X-Request-Id\` (the client's own where it sends one of 1 to 64 characters out of \`A-Z a-z 0-9 . _ -\`) and \`X-Response-Time-Ms\`.
Every error has the shape \`ErrorResponse\`. A request with unknown fields is refused; nothing is coerced, and \`null\` in an optional field counts as left out.`

export interface OpenApiOptions {
  /** Whether requests are refused without an API key. */
  readonly needsKey: boolean
}

/** Builds the OpenAPI document from the routes registered after it. Serves it at /docs/json and as Swagger UI at /docs, with local assets. */
export default fp<OpenApiOptions>(async (fastify, { needsKey }) => {
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Visage', version: VERSION, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'This service' }],
      tags: [
        { name: 'faces', description: 'Faces in pictures.' },
        { name: 'collections', description: 'People that are enrolled, and searched.' },
        { name: 'models', description: 'What the service can run.' },
        { name: 'service', description: 'How the service is.' },
        { name: 'deepface', description: 'The paths of DeepFace\'s own service, for its clients. They always use the deepface pipeline.' }
      ]
    },
    transformObject: (document) => 'openapiObject' in document
      ? withApiKeys(named(withAlternatives(withForms(document.openapiObject))), { areRequired: needsKey, isOpen: (path) => scopeOf(path) === 'open' })
      : document.swaggerObject
  })
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Over plain HTTP, as in most internal networks, browsers would request the assets by HTTPS and show an empty page.
    transformStaticCSP: (header) => header.replace(/\s*upgrade-insecure-requests;?/, '').replace(' validator.swagger.io', ''),
    uiConfig: { deepLinking: true, docExpansion: 'list', tryItOutEnabled: true, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
    // The top bar only holds an address field for other documents.
    theme: { title: 'Visage', css: [{ filename: 'theme.css', content: '.swagger-ui .topbar { display: none }' }] }
  })
}, { name: 'openapi' })
