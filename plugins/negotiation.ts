import accepts from '@fastify/accepts'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route can answer with, preferred first. */
    produces?: readonly string[]
  }
}

/** Refuses requests whose Accept header allows none of the route's media types, and compressed bodies, before any work is done. */
export default fp(async (fastify) => {
  await fastify.register(accepts)
  fastify.addHook('onRequest', async (request) => {
    const { produces } = request.routeOptions.config
    if (produces && request.type([...produces]) === false) throw new FaceError('not_acceptable', `This route answers with ${produces.join(' or ')}.`)
    const { 'content-encoding': encoding, 'content-length': length, 'transfer-encoding': transfer } = request.headers
    const hasBody = length !== undefined || transfer !== undefined
    if (hasBody && encoding && encoding.toLowerCase() !== 'identity') throw new FaceError('unsupported_media_type', 'Send the body as it is, without Content-Encoding.')
  })
}, { name: 'negotiation' })
