import type { FastifyRequest } from 'fastify'

/** Copies a picture that is looked at again after the engine has taken over its memory. The copy counts as bytes of the request. */
export function keptCopy (request: FastifyRequest, picture: Uint8Array): Uint8Array {
  request.keepBytes(picture.length)
  return Uint8Array.from(picture)
}
