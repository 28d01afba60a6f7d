import { UsageError } from '../src/commands/usage-error.ts'
import type { Config } from '../src/config/config.ts'
import { ensureModel, type GraphSource, landmarkModel } from '../src/engine/open-engine.ts'
import { openModel } from '../src/engine/open-model.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { detectorCard } from '../src/models/detector-cards.ts'
import type { DetectorByPipeline } from '../src/models/family.ts'
import { nativeDetector } from '../src/models/native-detector.ts'
import { DETECTORS, type RealDetector } from '../src/names.ts'
import type { Detector } from '../src/pipelines/contract.ts'

export interface OpenDetector {
  readonly detector: Detector
  readonly close: () => Promise<void>
}

const NAMES = DETECTORS.filter((name) => name !== 'skip')

/** Parses names of detectors separated by commas; all real detectors when undefined. @throws {UsageError} for an unknown name. */
export function detectorNames (text: string | undefined): readonly RealDetector[] {
  if (text === undefined) return NAMES
  return text.split(',').map((name) => {
    const known = NAMES.find((detector) => detector === name)
    if (!known) throw new UsageError(`--detectors ${name}: it must be one of ${NAMES.join(', ')}.`)
    return known
  })
}

/**
 * Builds the detector of that name as the native pipeline uses it. `open` opens the model of a detector's card. Landmarks that a mesh finds
 * once they are needed are left out.
 */
export async function nativeDetectorNamed (
  name: RealDetector,
  rotated: boolean,
  store: GraphSource,
  open: (card: string) => Promise<DetectorByPipeline>
): Promise<Detector> {
  const byPipeline = await open(detectorCard(name, 'native'))
  const landmarks = landmarkModel(store, name, 'native')
  const finder = landmarks !== undefined && cardNamed(landmarks).task === 'detection' ? landmarks : undefined
  return nativeDetector(byPipeline, { rotated, findLandmarks: finder === undefined ? undefined : (await open(finder)).findLandmarks })
}

/** Opens a detector of the native pipeline in this thread, with models of the store. @throws {FaceError} model_unavailable. */
export async function openDetector (
  name: RealDetector,
  store: GraphSource,
  { THREADS_PER_WORKER: threads, DETECT_ROTATED: rotated }: Config
): Promise<OpenDetector> {
  const closing: Array<() => Promise<void>> = []
  const detector = await nativeDetectorNamed(name, rotated, store, async (card) => {
    const model = await openModel('detection', await ensureModel(store, cardNamed(card)), { device: { provider: 'cpu' }, threads })
    closing.push(model.close)
    return model.byPipeline
  })
  return { detector, close: async () => { for (const close of closing) await close() } }
}
