import fp from 'fastify-plugin'
import { type Gallery, openGallery } from '../src/gallery/gallery.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly gallery: Gallery
  }
}

export interface GalleryPluginOptions {
  /** FACES_DB_PATH; without it every search is refused as `service_unavailable`. */
  readonly root: string | undefined
}

/** Decorates the app with `gallery`, the faces of FACES_DB_PATH. It is indexed by the first search, and closed before the engine is. */
export default fp<GalleryPluginOptions>(async (fastify, { root }) => {
  const gallery = openGallery({ root, engine: fastify.faceEngine, log: fastify.log })
  fastify.decorate('gallery', gallery)
  fastify.addHook('onClose', () => gallery.close())
}, { name: 'gallery', dependencies: ['face-engine'] })
