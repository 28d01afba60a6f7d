import fp from 'fastify-plugin'
import { validationError } from '../src/errors.ts'

/** More fields than any request has. */
const MOST_FIELDS = 64
/** Longer than any list of a request. */
const LONGEST_LIST = 10_000

/**
 * Refuses bodies of absurdly many parts before they are validated: the validator tells all errors at once, and a body of 28 MB can
 * hold nine million of them.
 */
export default fp(async (fastify) => {
  fastify.addHook('preValidation', async ({ body }) => {
    if (typeof body !== 'object' || body === null) return
    const entries = Object.entries(body)
    if (entries.length > MOST_FIELDS) throw validationError([{ field: '', msg: `The body must have at most ${MOST_FIELDS} fields` }])
    const long = entries.filter(([, value]) => Array.isArray(value) && value.length > LONGEST_LIST)
    if (long.length > 0) throw validationError(long.map(([field]) => ({ field: field.slice(0, 200), msg: `must have at most ${LONGEST_LIST} items` })))
  })
}, { name: 'body-size', dependencies: ['multipart'] })
