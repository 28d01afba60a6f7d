import type { FastifyBaseLogger } from 'fastify'
import type { AppOptions } from './app.ts'
import type { Config } from './config.ts'
import { cpuQuota } from './cpu.ts'
import { defaultPack, openEngine } from './engine/open.ts'
import { imageDecodeError } from './errors.ts'
import { showProgress } from './store/progress.ts'
import { HASTY, openStore, PATIENT } from './store/store.ts'

/** The real parts of the service, as the configuration wants them. */
export function parts (config: Config, log: FastifyBaseLogger, terminal: { isTTY?: boolean, write: (text: string) => unknown }): AppOptions {
  return {
    config,
    openStore: () => openStore({
      folder: config.MODELS_PATH,
      mirror: config.MODELS_MIRROR,
      offline: config.MODELS_OFFLINE,
      licences: config.MODEL_LICENSES,
      log,
      progress: showProgress({ log, stream: terminal })
    }),
    async openEngine (store) {
      // Who starts the service may wait for a slow line; who sends a request may not.
      let patience = PATIENT
      const engine = await openEngine({
        store: { ensure: (card) => store.ensure(card, { patience }) },
        workers: config.WORKERS === 0 ? cpuQuota() : config.WORKERS,
        threads: config.THREADS_PER_WORKER,
        queueLimit: config.QUEUE_LIMIT,
        gpuDevice: config.GPU_DEVICE,
        maxImagePixels: config.MAX_IMAGE_PIXELS,
        preload: config.PRELOAD_MODELS ?? defaultPack(config.DEFAULT_MODEL, config.DEFAULT_DETECTOR),
        log
      })
      patience = HASTY
      return engine
    },
    // Until src/intake can read them all: data URIs.
    openIntake: async () => ({
      async read (image) {
        const comma = image.indexOf(';base64,')
        if (!image.startsWith('data:') || comma < 0) throw imageDecodeError('Send the image as data:image/...;base64,...')
        return new Uint8Array(Buffer.from(image.slice(comma + 8), 'base64'))
      }
    })
  }
}
