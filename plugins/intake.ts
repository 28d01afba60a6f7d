import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ImageReader } from '../src/intake/intake.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly intake: ImageReader
  }
  interface FastifyRequest {
    /** Returns the bytes of the image in `field`: those that came with the request, else those that `text` (base64, URL or path) names. */
    readImage: (field: string, text: string) => Promise<Uint8Array>
  }
}

export interface IntakeOptions {
  readonly openIntake: () => Promise<ImageReader>
}

/** Decorates the app with `intake`, which resolves base64, URLs and paths to image bytes. */
export default fp<IntakeOptions>(async (fastify, { openIntake }) => {
  const intake = await openIntake()
  fastify.decorate('intake', intake)
  fastify.decorateRequest('readImage', async function (this: FastifyRequest, field: string, text: string) {
    const problem = this.imageProblems.get(field)
    if (problem) throw problem
    const sent = this.imageBytes.get(field)
    if (sent) return sent
    const bytes = await intake.read(text, { signal: this.stopSignal })
    this.keepBytes(bytes.length)
    return bytes
  })
  fastify.addHook('onClose', () => intake.close?.())
}, { name: 'intake', dependencies: ['deadline', 'image-bytes', 'bytes-in-flight'] })
