/**
 * `npm run tool -- bench-detectors`: milliseconds that each detector of the native pipeline takes for a photo, in one thread, by stage:
 * decoding the photo, preparing the network's input, running it, and decoding its output into faces. Work between several runs (MTCNN's
 * three nets, a second pass) counts as preparing. Prints the median of `--runs`. Names of detectors may follow; default: all.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { readConfig } from '../src/config/config.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import { ensureModel } from '../src/engine/open-engine.ts'
import { FaceError } from '../src/errors.ts'
import { openPicture, type Picture } from '../src/image/picture.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { openFamily } from '../src/models/families.ts'
import type { DetectorByPipeline, ModelFiles } from '../src/models/family.ts'
import { openSession, type Session } from '../src/onnx/session.ts'
import { detectorNames, nativeDetectorNamed } from '../tools/open-detector.ts'
import { SAMPLES } from './photos.ts'
import { median } from './statistics.ts'

const { values: { runs }, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string', default: '15' } } })
const store = openModelStore({ ...modelStoreOptions(readConfig(process.env), process.env), log: pino({ level: 'error' }) })
const bytes = await readFile(join(SAMPLES, 'sample6.jpg'))

/** Begin and end of each run of a network for one photo. */
let ran: Array<readonly [begin: number, end: number]> = []
let decoding = 0

const timed = ({ run, close }: Session): Session => ({
  close,
  async run (pixels, shape) {
    const begin = performance.now()
    const outputs = await run(pixels, shape)
    ran.push([begin, performance.now()])
    return outputs
  }
})

async function open (name: string): Promise<DetectorByPipeline> {
  const card = cardNamed(name)
  const { path, parts: others = {} } = await ensureModel(store, card)
  const pathOf = (part?: string): string => part === undefined ? path : others[part]!
  const files: ModelFiles = {
    session: async (part) => timed(await openSession(pathOf(part), { device: { provider: 'cpu' }, threads: 1, anySize: true })),
    bytes: (part) => readFile(pathOf(part)),
    text: (part) => readFile(pathOf(part), 'utf8')
  }
  return await openFamily(files, card) as DetectorByPipeline
}

/** Wraps a picture so that the time spent decoding it is counted. */
function watched (picture: Picture): Picture {
  const counted = <Args extends unknown[], Result>(decode: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
    const begin = performance.now()
    const image = await decode(...args)
    decoding += performance.now() - begin
    return image
  }
  return { ...picture, at: counted(picture.at), whole: counted(picture.whole) }
}

const STAGES = ['all', 'decode', 'prepare', 'run', 'faces of output'] as const
console.log(`ms a photo (about 2048 × 1365 pixels, four faces), one thread, median of ${runs}`)
console.log(`${'detector'.padEnd(12)}${STAGES.map((stage) => stage.padStart(17)).join('')}   faces`)
for (const name of detectorNames(positionals.length > 0 ? positionals.join(',') : undefined)) {
  try {
    const detector = await nativeDetectorNamed(name, false, store, open)
    const rows: number[][] = []
    let faces = 0
    for (let i = 0; i < Number(runs); i++) {
      ran = []
      decoding = 0
      const begin = performance.now()
      faces = (await detector.detect(watched(await openPicture(bytes, 1e9)))).length
      const end = performance.now()
      const running = ran.reduce((sum, [from, to]) => sum + to - from, 0)
      const last = ran.at(-1)?.[1] ?? end
      rows.push([end - begin, decoding, last - begin - decoding - running, running, end - last])
    }
    console.log(`${name.padEnd(12)}${STAGES.map((_, i) => median(rows.map((row) => row[i]!)).toFixed(1).padStart(17)).join('')}   ${faces}`)
  } catch (error) {
    if (!(error instanceof FaceError)) throw error
    console.log(`${name.padEnd(12)} ${error.message}`)
  }
}
await store.close()
