import type { TObject } from '@sinclair/typebox'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body schema of a route that takes images, and forms too. */
    form?: TObject
  }
  interface FastifyRequest {
    /**
     * The images that came with the request and are bytes already, by field: file parts of a form, photos in base64 of JSON. Of a list
     * of images `imgs.0`, `imgs.1` and so on, by their place in it. In the body `IMAGE` stands for each.
     */
    imageBytes: ReadonlyMap<string, Uint8Array>
  }
}

/** Stands in the body for an image whose bytes are in `request.imageBytes`, so that one schema validates whatever was sent. */
export const IMAGE = '(image)'

/** Decorates requests with `imageBytes`, for the readers of bodies to fill. */
export default fp(async (fastify) => {
  const none: ReadonlyMap<string, Uint8Array> = new Map()
  fastify.decorateRequest('imageBytes')
  fastify.addHook('onRequest', async (request) => { request.imageBytes = none })
}, { name: 'image-bytes' })
