import type { TObject } from '@sinclair/typebox'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body schema of a route that takes images, and forms too. */
    form?: TObject
  }
  interface FastifyRequest {
    /**
     * Images that arrived as bytes, by field: file parts of a form, base64 photos of a JSON body. The images of a list are `imgs.0`, `imgs.1` and so
     * on. In the body each is replaced by `IMAGE`.
     */
    imageBytes: ReadonlyMap<string, Uint8Array>
  }
}

/** Placeholder in the body for an image whose bytes are in `request.imageBytes`, so that one schema validates JSON and forms. */
export const IMAGE = '(image)'

/** Decorates requests with `imageBytes`, which the body parsers fill. */
export default fp(async (fastify) => {
  const none: ReadonlyMap<string, Uint8Array> = new Map()
  fastify.decorateRequest('imageBytes')
  fastify.addHook('onRequest', async (request) => { request.imageBytes = none })
}, { name: 'image-bytes' })
