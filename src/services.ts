import type { FastifyBaseLogger } from 'fastify'
import type { AppOptions } from './app.ts'
import { openCollections } from './collections/open-collections.ts'
import type { Config } from './config/config.ts'
import { cpuQuota } from './config/cpu-quota.ts'
import { memoryQuota } from './config/memory-quota.ts'
import { modelStoreOptions } from './config/model-store-options.ts'
import { defaultModels, openEngine } from './engine/open-engine.ts'
import { openIntake } from './intake/intake.ts'
import { showProgress } from './model-store/download-progress.ts'
import { openModelStore } from './model-store/open-model-store.ts'
import { cardNamed } from './models/catalogue.ts'
import { landmarkCard } from './models/detector-cards.ts'

/** The real parts of the service, as the configuration wants them. */
export function services (config: Config, log: FastifyBaseLogger, terminal: { isTTY?: boolean, write: (text: string) => unknown }): AppOptions {
  const workers = config.WORKERS === 0 ? cpuQuota() : config.WORKERS
  return {
    config,
    openStore: () => openModelStore({ ...modelStoreOptions(config), log, progress: showProgress({ log, stream: terminal }) }),
    openEngine: (store) => openEngine({
      store,
      workers,
      limits: { count: config.MODELS_MAX_LOADED, bytes: (config.MODELS_MAX_MEMORY_MB * 2 ** 20 || memoryQuota() / 2) / workers },
      threads: config.THREADS_PER_WORKER,
      detectRotated: config.DETECT_ROTATED,
      queueLimit: config.QUEUE_LIMIT,
      gpuDevice: config.GPU_DEVICE,
      maxImagePixels: config.MAX_IMAGE_PIXELS,
      preload: config.PRELOAD_MODELS ?? allowedDefaults(config, log),
      log
    }),
    openCollections: () => openCollections(config.COLLECTIONS_URL, { threads: workers, queueLimit: config.QUEUE_LIMIT, log }),
    openIntake: async () => openIntake({
      imagesRoot: config.IMAGES_ROOT,
      facesDbPath: config.FACES_DB_PATH,
      allowPrivateUrls: config.ALLOW_PRIVATE_URLS,
      urlAllowedHosts: config.URL_ALLOWED_HOSTS,
      maxImageBytes: config.MAX_IMAGE_BYTES,
      // The other half is for the work.
      urlTimeoutMs: Math.ceil(config.REQUEST_TIMEOUT_MS / 2),
      log
    })
  }
}

/**
 * The models that are opened when PRELOAD_MODELS names none. A default with a licence that MODEL_LICENSES refuses does not stop the
 * start: what needs it is answered `model_unavailable`, and the rest works.
 */
export function allowedDefaults (config: Config, log: { warn: (message: string) => void }): string[] {
  const { DEFAULT_MODEL, DEFAULT_DETECTOR, DEFAULT_PIPELINE, MODEL_LICENSES } = config
  const isAllowed = (name: string): boolean => MODEL_LICENSES === 'any' || cardNamed(name).licence.commercial
  const defaults = defaultModels(DEFAULT_MODEL, DEFAULT_DETECTOR, DEFAULT_PIPELINE)
  for (const name of defaults) if (!isAllowed(name)) log.warn(`${name} is not opened: its licence does not permit commercial use, and MODEL_LICENSES is commercial`)
  const landmarks = landmarkCard(DEFAULT_DETECTOR, DEFAULT_PIPELINE, isAllowed)
  return [...new Set([...defaults.filter(isAllowed), ...landmarks ? [landmarks] : []])]
}
