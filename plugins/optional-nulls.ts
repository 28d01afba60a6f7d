import fp from 'fastify-plugin'
import { withoutNulls } from '../src/schemas/optional-nulls.ts'

/** Takes `null` in an optional field of a body for a field that was left out, on every route. Generated clients send it for what is not set. */
export default fp(async (fastify) => {
  fastify.addHook('preValidation', async (request) => {
    const schema = request.routeOptions.schema?.body
    if (schema) request.body = withoutNulls(request.body, schema)
  })
}, { name: 'optional-nulls', dependencies: ['multipart', 'body-size'] })
