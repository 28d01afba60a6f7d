import type { Readable } from 'node:stream'
import accepts from '@fastify/accepts'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'
import { wrongMediaType } from './errors.ts'

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
    const { headers } = request
    if (headers.accept !== undefined) headers.accept = withoutParameters(headers.accept)
    const { produces } = request.routeOptions.config
    if (produces && !isAcceptable(request, produces)) throw new FaceError('not_acceptable', `This route answers with ${produces.join(' or ')}.`)

    if (!hasBody(request)) {
      // Many clients send the header with every request. Without a body it says nothing, and Fastify would look for a parser.
      delete headers['content-type']
      return
    }
    const encoding = headers['content-encoding']
    if (encoding && encoding.toLowerCase() !== 'identity') throw new FaceError('unsupported_media_type', 'Send the body as it is, without Content-Encoding.')
  })

  // Clients that send in chunks say so without a body too: of other types a body is refused at its first byte, and none at all is none.
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.headers['transfer-encoding'] === undefined || !await isEmpty(payload)) throw wrongMediaType(request.routeOptions.config)
  })

  // Without a body, a route with a body schema names the missing fields, and one whose fields are all optional works.
  fastify.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
  })
}, { name: 'negotiation', dependencies: ['errors'] })

/**
 * Whether a client takes what a route sends. One that asks for JSON gets whatever the route has: generated clients ask for it everywhere, because
 * errors are JSON, and RFC 9110 §12.5.1 lets a server answer with another type.
 */
const isAcceptable = (request: FastifyRequest, produces: readonly string[]): boolean => request.type([...produces, 'application/json']) !== false

/** Whether a stream ends before its first byte. Its rest is left to whoever answers. */
const isEmpty = (stream: Readable): Promise<boolean> => new Promise((resolve, reject) => {
  stream.once('data', () => resolve(false))
  stream.once('end', () => resolve(true))
  stream.once('error', reject)
})

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0')

/**
 * An Accept header whose media ranges have no parameters except `q`: `application/json; charset=utf-8` asks for what `application/json` is. The
 * negotiation of @fastify/accepts wants equal parameters, and no media type of ours has one.
 */
export function withoutParameters (accept: string): string {
  // Commas and semicolons may stand in quoted values: RFC 9110 §5.6.6.
  const ranges = accept.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []
  return ranges.map((range) => {
    const [type, ...parameters] = range.match(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g) ?? []
    return [type?.trim() ?? '', ...parameters.map((text) => text.trim()).filter((text) => /^q\s*=/i.test(text))].join(';')
  }).join(', ')
}
