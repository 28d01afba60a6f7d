import type { TObject } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { asDeepfaceTakes } from '../../src/schemas/deepface.ts'

/** Takes the requests to the routes that are added to `fastify` later as DeepFace's own service does. */
export function takeAsDeepface (fastify: FastifyInstance): void {
  // There the type of a body that is no form does not matter.
  fastify.addHook('onRequest', async ({ headers }) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (hasBody) headers['content-type'] ??= 'application/json'
  })
  fastify.addHook('preValidation', async (request) => {
    request.body = asDeepfaceTakes(request.body, request.routeOptions.schema!.body as TObject)
  })
}

/** Returns the bytes of the images in the field `img` one after the other, each when the one before has been used. */
export async function * imagesOf (request: FastifyRequest, img: string | readonly string[]): AsyncGenerator<Uint8Array> {
  if (typeof img === 'string') yield await request.readImage('img', img)
  else for (const [i, text] of img.entries()) yield await request.readImage(`img.${i}`, text)
}
