import fp from 'fastify-plugin'
import { type FaceFolder, openFaceFolder } from '../src/find/face-folder.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly faceFolder: FaceFolder
  }
}

export interface FaceFolderPluginOptions {
  /** FACES_DB_PATH; without it every search is refused as `service_unavailable`. */
  readonly root: string | undefined
}

/** Decorates the app with `faceFolder`, the faces of FACES_DB_PATH. The first search indexes it. It closes before the engine. */
export default fp<FaceFolderPluginOptions>(async (fastify, { root }) => {
  const faceFolder = openFaceFolder({ root, engine: fastify.faceEngine, log: fastify.log })
  fastify.decorate('faceFolder', faceFolder)
  fastify.addHook('onClose', () => faceFolder.close())
}, { name: 'face-folder', dependencies: ['face-engine'] })
