import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pino } from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import type { TensorRecogniser } from '../deepface/represent.ts'
import { FaceError } from '../errors.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { openPicture } from '../image/picture.ts'
import type { Card } from '../models/card.ts'
import { cards as centerfaceCards } from '../models/centerface/cards.ts'
import { centerface } from '../models/centerface/index.ts'
import { findRecogniser } from '../models/index.ts'
import { cards as mediapipeCards } from '../models/mediapipe/cards.ts'
import { mediapipe } from '../models/mediapipe/index.ts'
import { files as cascades } from '../models/opencv/cards.ts'
import { opencv } from '../models/opencv/index.ts'
import { sfaceOfDeepface } from '../models/recognition/sface-deepface.ts'
import { cards as yunetCards } from '../models/yunet/cards.ts'
import { yunet } from '../models/yunet/index.ts'
import { openSession, type Session } from '../onnx/session.ts'
import { parts } from '../parts.ts'
import { PATIENT } from '../store/store.ts'
import { type ParityPlace, runParity } from './parity-cli.ts'

/** `npm run parity -- …` */
const { argv, env, stderr, stdout } = process
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
const closing: Array<() => Promise<void>> = []

const open = (config: ReturnType<typeof readConfig>): ParityPlace['open'] => async ({ folder, photos = join(folder, '../faces/deepface'), detectors: wanted, maxPixels }) => {
  const store = await parts(config, log, stderr).openStore()
  closing.unshift(() => store.close())
  async function session (card: Card): Promise<Session> {
    const opened = await openSession(await store.ensure(card, { patience: PATIENT }), { device: { provider: 'cpu' }, threads: config.THREADS_PER_WORKER })
    closing.unshift(() => opened.close())
    return opened
  }
  const [face, eye] = await Promise.all(cascades.map(({ name }) => readFile(join(config.MODELS_MIRROR ?? join(folder, '../weights'), name), 'utf8')))
  const haar = opencv(face!, eye!)
  const openers: Readonly<Record<string, () => Promise<CanvasDetector | undefined>>> = {
    skip: async () => undefined,
    opencv: async () => haar,
    yunet: async () => yunet(await session(yunetCards[0])),
    centerface: async () => centerface(await session(centerfaceCards[0])),
    mediapipe: async () => mediapipe(await session(mediapipeCards[0]))
  }
  const detectors = new Map<string, CanvasDetector | undefined>()
  for (const name of wanted ?? Object.keys(openers)) {
    const opener = openers[name]
    if (!opener) throw new EvaluationProblem(`--detectors ${name}: it must be one of ${Object.keys(openers).join(', ')}.`)
    detectors.set(name, await opener())
  }
  const sface = findRecogniser('SFace')!
  const recognisers = new Map<string, TensorRecogniser>([['SFace', sfaceOfDeepface(await session(sface), sface)]])
  return {
    detectors,
    recognisers,
    findEyes: haar.findEyes,
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
