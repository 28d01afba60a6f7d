import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ModelStoreOptions } from '../model-store/open-model-store.ts'
import type { Config } from './config.ts'

/** What the configuration says about the weights. */
export const modelStoreOptions = (config: Config): Pick<ModelStoreOptions, 'folder' | 'mirror' | 'nearby' | 'offline' | 'licences'> => ({
  folder: config.MODELS_PATH,
  mirror: config.MODELS_MIRROR,
  // As DeepFace finds it itself (deepface/commons/folder_utils.py).
  nearby: [join(config.DEEPFACE_HOME ?? homedir(), '.deepface', 'weights')],
  offline: config.MODELS_OFFLINE,
  licences: config.MODEL_LICENSES
})
