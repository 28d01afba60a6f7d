import type { Config } from '../config.ts'
import { ensureModel, type GraphSource } from '../engine/open.ts'
import { openModel } from '../engine/open-model.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { detectorCard, landmarkCard, nativeDetector } from '../models/detectors.ts'
import type { DetectorForms } from '../models/family.ts'
import { findCard } from '../models/index.ts'
import type { Detector } from '../models/model.ts'
import { DETECTORS, type DetectorName } from '../models/names.ts'

export interface OpenDetector {
  readonly detector: Detector
  readonly close: () => Promise<void>
}

/** Names of detectors, separated by commas; all that look at pictures when undefined. @throws {EvaluationProblem} for an unknown one. */
export function detectorNames (text: string | undefined): DetectorName[] {
  if (text === undefined) return DETECTORS.filter((name) => name !== 'skip')
  return text.split(',').map((name) => {
    const known = DETECTORS.find((detector) => detector === name && detector !== 'skip')
    if (!known) throw new EvaluationProblem(`--detectors ${name}: it must be one of ${DETECTORS.filter((detector) => detector !== 'skip').join(', ')}.`)
    return known
  })
}

/**
 * A detector as the native pipeline has it, in this thread. Undefined when it is not part of this version.
 * @throws {FaceError} model_unavailable.
 */
export async function openDetector (name: DetectorName, store: GraphSource, { THREADS_PER_WORKER: threads, DETECT_ROTATED: rotated }: Config): Promise<OpenDetector | undefined> {
  const card = findCard(detectorCard(name, 'native'))
  if (!card) return undefined
  const open = async (card: NonNullable<ReturnType<typeof findCard>>) => await openModel<DetectorForms>(await ensureModel(store, card), { device: { provider: 'cpu' }, threads })
  const finder = landmarkCard(name, 'native')
  const opened = [await open(card), ...(finder === undefined ? [] : [await open(findCard(finder)!)])]
  const [own, other] = opened
  const detector = nativeDetector(own!.forms, { rotated, findLandmarks: other?.forms.findLandmarks })
  const close = async (): Promise<void> => { await Promise.all(opened.map((model) => model.close())) }
  return detector && { detector, close }
}
