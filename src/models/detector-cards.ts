import { validationError } from '../errors.ts'
import { type DetectorName, type Pipeline, PIPELINES, type RealDetector, type RecogniserName } from '../names.ts'
import type { Alignment, DetectorCard } from './card.ts'
import { detectors } from './catalogue.ts'
import { recogniserCard } from './recogniser-cards.ts'

/** The names by which clients ask for `card` in `pipeline`. */
export const namesOf = ({ name, detectorNames }: DetectorCard, pipeline: Pipeline): readonly string[] =>
  detectorNames ? detectorNames[pipeline] ?? [] : [name]

const byName = new Map(PIPELINES.map((pipeline) =>
  [pipeline, new Map<string, DetectorCard>(detectors.flatMap((card) => namesOf(card, pipeline).map((name) => [name, card] as const)))]))

function cardOf (detector: RealDetector, pipeline: Pipeline): DetectorCard {
  const card = byName.get(pipeline)!.get(detector)
  if (!card) throw validationError([{ field: 'detector_backend', msg: `${detector} is not available in the ${pipeline} pipeline` }])
  return card
}

/** The alignment of faces that `detector` finds in `pipeline`. */
export const alignmentOf = (detector: DetectorName, pipeline: Pipeline): Alignment =>
  pipeline === 'deepface' ? pipeline : detector !== 'skip' && cardOf(detector, pipeline).mesh ? 'mesh' : 'detector'

/** Name of the card that runs as `detector` in `pipeline`. @throws {FaceError} validation_error when that pipeline does not have it. */
export const detectorCard = (detector: RealDetector, pipeline: Pipeline): string => cardOf(detector, pipeline).name

/**
 * Names of the cards that represent faces: the recogniser's and, where there is one, the detector's.
 * @throws {FaceError} validation_error when the pipeline does not have one of them.
 */
export const cardsFor = ({ model, detector, pipeline }: { model: RecogniserName, detector: DetectorName, pipeline: Pipeline }): string[] =>
  [recogniserCard(model, pipeline), ...detector === 'skip' ? [] : [detectorCard(detector, pipeline)]]

/**
 * Cards that find landmarks inside a box, the most exact first; the last one's licence permits commercial use. Of 220 pairs of LFW's
 * development list, with SFace at its threshold behind `ssd`: right 100 % with RetinaFace's, 100 % with YuNet's, 99.5 % with dlib's
 * five-point predictor; behind `opencv`, which misses the faces of 15 pairs, 93.2, 93.2 and 92.7 %.
 */
const LANDMARK_FINDERS: ReadonlyArray<typeof detectors[number]['name']> = ['retinaface', 'yunet']

/**
 * Name of the card that finds the landmarks of `detector`'s faces in `pipeline`: the mesh that its own card names, otherwise the first
 * detector whose licence is permitted. Undefined where none is needed. It depends on the configuration alone and not on which weights are
 * available; otherwise the vectors of a photo would.
 */
export function landmarkCard (detector: DetectorName, pipeline: Pipeline, permits: (name: string) => boolean): string | undefined {
  if (pipeline === 'deepface' || detector === 'skip') return undefined
  const { landmarks, mesh } = cardOf(detector, pipeline)
  return mesh ?? (landmarks ? undefined : LANDMARK_FINDERS.find(permits))
}

/** Name of the card that finds the landmarks of `detector`'s faces in `pipeline` that are turned too far for its mesh; undefined where none is needed. */
export const turnedCard = (detector: DetectorName, pipeline: Pipeline): string | undefined =>
  pipeline === 'deepface' || detector === 'skip' ? undefined : cardOf(detector, pipeline).turned
