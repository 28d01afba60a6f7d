import { homedir } from 'node:os'
import { join } from 'node:path'
import { cwd } from 'node:process'
import { npmOptions } from '../model-store/npmrc.ts'
import type { ModelStoreOptions } from '../model-store/open-model-store.ts'
import type { Config } from './config.ts'

type FromConfig = Pick<ModelStoreOptions, 'folder' | 'mirror' | 'nearby' | 'offline' | 'licences' | 'npm'>

/** Returns the options of the model store that follow from the configuration, and from npm's own settings in `env` and .npmrc files. */
export const modelStoreOptions = (config: Config, env: NodeJS.ProcessEnv): FromConfig => ({
  folder: config.MODELS_PATH,
  mirror: config.MODELS_MIRROR,
  // DeepFace looks in the same folder (deepface/commons/folder_utils.py).
  nearby: [join(config.DEEPFACE_HOME ?? homedir(), '.deepface', 'weights')],
  offline: config.MODELS_OFFLINE,
  licences: config.MODEL_LICENSES,
  npm: npmOptions({ env, folder: cwd(), home: homedir() })
})
