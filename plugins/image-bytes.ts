import type { TObject } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import type { FaceError } from '../src/errors.ts'

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
    /** Why there is no image in a field, where its text was too long to be kept. In the body it is `IMAGE` too. */
    imageProblems: ReadonlyMap<string, FaceError>
  }
}

/** Placeholder in the body for an image whose bytes are in `request.imageBytes`, so that one schema validates JSON and forms. */
export const IMAGE = '(image)'

/** Decorates requests with `imageBytes` and `imageProblems`, which the body parsers fill. */
export default fp(async (fastify) => {
  const none = new Map<string, never>()
  fastify.decorateRequest('imageBytes')
  fastify.decorateRequest('imageProblems')
  fastify.addHook('onRequest', async (request) => {
    request.imageBytes = none
    request.imageProblems = none
  })
}, { name: 'image-bytes' })
