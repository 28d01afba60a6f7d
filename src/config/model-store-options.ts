import { join } from 'node:path'
import { cwd } from 'node:process'
import { npmOptions } from '../model-store/npmrc.ts'
import type { ModelStoreOptions } from '../model-store/open-model-store.ts'
import type { Config } from './config.ts'
import { homeFolder } from './home-path.ts'

type FromConfig = Pick<ModelStoreOptions, 'folder' | 'mirror' | 'nearby' | 'offline' | 'licences' | 'npm'>

/** Returns the options of the model store that follow from the configuration, and from npm's own settings in `env` and .npmrc files. */
export function modelStoreOptions (config: Config, env: NodeJS.ProcessEnv): FromConfig {
  const home = homeFolder()
  const deepface = config.DEEPFACE_HOME ?? home
  return {
    folder: config.MODELS_PATH,
    mirror: config.MODELS_MIRROR,
    // DeepFace looks in the same folder (deepface/commons/folder_utils.py).
    nearby: deepface === undefined ? [] : [join(deepface, '.deepface', 'weights')],
    offline: config.MODELS_OFFLINE,
    licences: config.MODEL_LICENSES,
    npm: npmOptions({ env, folder: cwd(), home: home ?? cwd() })
  }
}
