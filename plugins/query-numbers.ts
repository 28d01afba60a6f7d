import fp from 'fastify-plugin'
import { parseField } from '../src/schemas/form.ts'
import type { TObject } from '@sinclair/typebox'

/**
 * Gives the fields of a query string the types of their schema: all of it arrives as text, as in a form. An empty field counts as left out: clients
 * that are generated for Go send one for each parameter.
 */
export default fp(async (fastify) => {
  fastify.addHook('preValidation', async ({ query, routeOptions }) => {
    const schema = routeOptions.schema?.querystring as TObject | undefined
    if (!schema) return
    const fields = query as Record<string, unknown>
    for (const [name, value] of Object.entries(fields)) {
      if (value === '') delete fields[name]
      else if (typeof value === 'string' && Object.hasOwn(schema.properties, name)) fields[name] = parseField(schema.properties[name], [value])
    }
  })
}, { name: 'query-numbers' })
