import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pino } from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import type { TensorRecogniser } from '../deepface/represent.ts'
import { ensureModel } from '../engine/open.ts'
import { openModel } from '../engine/open-model.ts'
import { FaceError } from '../errors.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { openPicture } from '../image/picture.ts'
import { detectorCard } from '../models/detectors.ts'
import type { DetectorForms, Forms, RecogniserForms } from '../models/family.ts'
import { cardNamed } from '../models/index.ts'
import { parts } from '../parts.ts'
import { PATIENT } from '../store/store.ts'
import { type ParityPlace, runParity } from './parity-cli.ts'
import { parityService } from './parity-service.ts'

/** `npm run parity -- …` */
const { argv, env, stderr, stdout } = process
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
const closing: Array<() => Promise<void>> = []

const open = (config: ReturnType<typeof readConfig>): ParityPlace['open'] => async ({ folder, photos = join(folder, '../faces/deepface'), detectors: names, models, databases, maxPixels }) => {
  const store = await parts(config, log, stderr).openStore()
  closing.unshift(() => store.close())
  async function forms<Opened extends Forms> (name: string): Promise<Opened> {
    const model = await openModel<Opened>(await ensureModel(store, cardNamed(name), { patience: PATIENT }), { device: { provider: 'cpu' }, threads: config.THREADS_PER_WORKER })
    closing.unshift(model.close)
    return model.forms
  }
  const service = parityService({ environment: env, photos, databases, log })
  closing.unshift(service.close)
  const detectors = new Map<string, CanvasDetector | undefined>()
  for (const name of names) detectors.set(name, name === 'skip' ? undefined : (await forms<DetectorForms>(detectorCard(name, 'deepface'))).deepface!)
  const recognisers = new Map<string, TensorRecogniser>()
  for (const name of models) recognisers.set(name, (await forms<RecogniserForms>(name)).deepface)
  return {
    detectors,
    recognisers,
    post: service.post,
    async crop (name) {
      const path = join(folder, name)
      return existsSync(path) ? await (await openPicture(await readFile(path), config.MAX_IMAGE_PIXELS)).whole() : undefined
    },
    async photo (name) {
      const path = join(photos, name)
      if (!existsSync(path)) return undefined
      const picture = await openPicture(await readFile(path), config.MAX_IMAGE_PIXELS)
      return picture.width * picture.height > maxPixels ? undefined : picture.whole()
    }
  }
}

try {
  const config = readConfig(env, { dotenv: '.env' })
  process.exitCode = await runParity(argv.slice(2), {
    open: open(config),
    out: (text) => stdout.write(text),
    onPhoto: stderr.isTTY ? (name) => stderr.write(`${name}\n`) : () => {}
  })
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof EvaluationProblem || error instanceof FaceError)) throw error
  stderr.write(`${error.message}\n`)
  process.exitCode = 2
} finally {
  for (const close of closing) await close()
}
