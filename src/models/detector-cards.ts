import type { DetectorName, Pipeline, RealDetector, RecogniserName } from '../names.ts'

/**
 * Cards of names that are not the card's, or mean another model in one pipeline than in the other: `yolov8` is what DeepFace calls
 * `yolov8n` since 0.0.94, its RetinaFace is the large one, and there is a recogniser of dlib's too.
 */
const OTHERS: Readonly<Record<Pipeline, Partial<Record<DetectorName, string>>>> = {
  native: { dlib: 'dlib-hog', yolov8: 'yolov8n' },
  deepface: { dlib: 'dlib-hog', yolov8: 'yolov8n', retinaface: 'retinaface-resnet50' }
}

/** Name of the card that runs as `detector` in `pipeline`. */
export const detectorCard = (detector: RealDetector, pipeline: Pipeline): string => OTHERS[pipeline][detector] ?? detector

/** Names of the cards that represent faces: the recogniser's and, where there is one, the detector's. */
export const cardsFor = ({ model, detector, pipeline }: { model: RecogniserName, detector: DetectorName, pipeline: Pipeline }): string[] =>
  detector === 'skip' ? [model] : [model, detectorCard(detector, pipeline)]

/** Detectors that give all five landmarks themselves. The native pipeline takes those of the others from one of `LANDMARKS_OF`. */
const WITH_LANDMARKS: ReadonlySet<DetectorName> = new Set(['retinaface', 'yunet', 'centerface', 'mtcnn', 'fastmtcnn', 'yolov8', 'yolov8n'])

/**
 * Cards that find landmarks inside a box, the most exact first; the last one's licence permits commercial use. Of 220 pairs of LFW's
 * development list, with SFace at its threshold behind `ssd`: right 100 % with RetinaFace's, 100 % with YuNet's, 99.5 % with dlib's
 * five-point predictor; behind `opencv`, which misses the faces of 15 pairs, 93.2, 93.2 and 92.7 %.
 */
const LANDMARKS_OF = ['retinaface', 'yunet']

/**
 * Name of the card that finds the landmarks of `detector`'s faces in `pipeline`: the first whose licence is permitted. Undefined where
 * none is needed. It is a matter of the configuration alone and not of what can be had, or else the vectors of a photo would be.
 */
export const landmarkCard = (detector: DetectorName, pipeline: Pipeline, permits: (name: string) => boolean): string | undefined =>
  pipeline === 'deepface' || detector === 'skip' || WITH_LANDMARKS.has(detector) ? undefined : LANDMARKS_OF.find(permits)
