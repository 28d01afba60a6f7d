import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env, stderr } from 'node:process'
import { type Shell, type Command } from '../src/commands/command-line.ts'
import { ensureModel } from '../src/engine/open-engine.ts'
import { type ModelByTask, type ModelTask, openModel } from '../src/engine/open-model.ts'
import { type Picture, openPicture } from '../src/image/picture.ts'
import { START_PATIENCE } from '../src/model-store/open-model-store.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { detectorCard } from '../src/models/detector-cards.ts'
import type { CanvasDetector, TensorRecogniser } from '../src/pipelines/deepface/deepface-models.ts'
import { services } from '../src/services.ts'
import { parityService } from './parity/parity-service.ts'
import { type ParityPlace, runParity } from './parity/run-parity.ts'

export { HELP } from './parity/run-parity.ts'

/** The tool `parity`. */
export const command: Command = (shell) => runParity(shell.args, { open: opener(shell), out: shell.out, onPhoto: (name) => shell.progress(`${name}\n`) })

function opener ({ config, log, atEnd }: Shell): ParityPlace['open'] {
  return async ({ folder, photos = join(folder, '../faces/deepface'), detectors: names, models, databases, maxPixels }) => {
    const store = await services(config, log, stderr).openStore()
    atEnd(() => store.close())
    const service = parityService({ environment: env, photos, databases, log })
    atEnd(service.close)

    async function byPipeline<Task extends ModelTask> (task: Task, name: string): Promise<ModelByTask[Task]> {
      const file = await ensureModel(store, cardNamed(name), { patience: START_PATIENCE })
      const model = await openModel(task, file, { device: { provider: 'cpu' }, threads: config.THREADS_PER_WORKER })
      atEnd(model.close)
      return model.byPipeline
    }
    const detectors = new Map<string, CanvasDetector | undefined>()
    for (const name of names) {
      detectors.set(name, name === 'skip' ? undefined : (await byPipeline('detection', detectorCard(name, 'deepface'))).deepface!)
    }
    const recognisers = new Map<string, TensorRecogniser>()
    for (const name of models) recognisers.set(name, (await byPipeline('recognition', name)).deepface!)

    const picture = async (path: string): Promise<Picture | undefined> =>
      existsSync(path) ? await openPicture(await readFile(path), config.MAX_IMAGE_PIXELS) : undefined
    return {
      detectors,
      recognisers,
      post: service.post,
      crop: async (name) => await (await picture(join(folder, name)))?.whole(),
      async photo (name) {
        const found = await picture(join(photos, name))
        return found && found.width * found.height <= maxPixels ? await found.whole() : undefined
      }
    }
  }
}
