import type { FastifyBaseLogger } from 'fastify'
import type { AppOptions } from './app.ts'
import { openCollections } from './collections/open-collections.ts'
import type { Config } from './config/config.ts'
import { cpuQuota } from './config/cpu-quota.ts'
import { bytesInFlight, keepsRunMemory, memoryQuota, pictureMemory, runMemory } from './config/memory-quota.ts'
import { modelStoreOptions } from './config/model-store-options.ts'
import { openEngine } from './engine/open-engine.ts'
import { defaultPreload } from './engine/preload.ts'
import { openIntake } from './intake/intake.ts'
import { showProgress } from './model-store/download-progress.ts'
import { openModelStore, START_PATIENCE } from './model-store/open-model-store.ts'
import { cardNamed } from './models/catalogue.ts'

/**
 * Returns what opens the real services behind the app, by the configuration. It is the first thing a process does that opens them, be it
 * the server or a tool, so it also sets what ONNX Runtime reads from the environment of the process.
 *
 * @param terminal where the progress of downloads is drawn.
 */
export function services (config: Config, log: FastifyBaseLogger, terminal: { isTTY?: boolean, write: (text: string) => unknown }): AppOptions {
  // Otherwise ONNX Runtime keeps an identifier of this machine in the user's cache folder and sends Microsoft how it is used. It reads
  // the environment of the process, which only the main thread can change.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const workers = config.WORKERS === 0 ? cpuQuota() : config.WORKERS
  return {
    config,
    openStore: () => openModelStore({ ...modelStoreOptions(config, process.env), log, progress: showProgress({ log, stream: terminal }) }),
    openEngine: (store) => openEngine({
      store,
      workers,
      limits: { count: config.MODELS_MAX_LOADED, bytes: (config.MODELS_MAX_MEMORY_MB * 2 ** 20 || memoryQuota() / 2) / workers },
      threads: config.THREADS_PER_WORKER,
      detectRotated: config.DETECT_ROTATED,
      queueLimit: config.QUEUE_LIMIT,
      gpuDevice: config.GPU_DEVICE,
      maxImagePixels: config.MAX_IMAGE_PIXELS,
      pictureMemory: pictureMemory(config),
      runMemory: runMemory(),
      keepsMemory: keepsRunMemory(workers),
      preload: config.PRELOAD_MODELS ?? modelsToPreload(config, (name) => store.permits(cardNamed(name)), log),
      // At a start on a slow line nobody waits for an answer.
      preloadPatience: START_PATIENCE,
      log
    }),
    openCollections: () => openCollections(config.COLLECTIONS_URL, { threads: workers, queueLimit: config.QUEUE_LIMIT, log }),
    openIntake: async () => openIntake({
      imagesRoot: config.IMAGES_ROOT,
      facesDbPath: config.FACES_DB_PATH,
      allowPrivateUrls: config.ALLOW_PRIVATE_URLS,
      urlAllowedHosts: config.URL_ALLOWED_HOSTS,
      maxImageBytes: config.MAX_IMAGE_BYTES,
      maxFetches: Math.min(128, Math.max(4, Math.floor(bytesInFlight(config) / config.MAX_IMAGE_BYTES))),
      // The other half of the time is for the work.
      urlTimeoutMs: Math.ceil(config.REQUEST_TIMEOUT_MS / 2),
      log
    })
  }
}

/** Names of the models to open when PRELOAD_MODELS names none. Warns of each default whose licence is refused. */
export function modelsToPreload (
  { DEFAULT_MODEL: model, DEFAULT_DETECTOR: detector, DEFAULT_PIPELINE: pipeline }: Config,
  permits: (card: string) => boolean,
  log: { warn: (message: string) => void }
): readonly string[] {
  const { models, refused } = defaultPreload({ model, detector, pipeline }, permits)
  for (const name of refused) log.warn(`${name} is not opened: its licence does not permit commercial use, and MODEL_LICENSES is commercial`)
  return models
}
