/**
 * The names a client may send, in the order of the contract (`GET /docs`). Which card a name means is a fact of the cards
 * (`src/models/detector-cards.ts`, `recogniser-cards.ts`); a test proves that every name but the detector `skip` has one.
 */
export const RECOGNISERS = [
  'VGG-Face', 'Facenet', 'Facenet512', 'OpenFace', 'DeepFace', 'DeepID', 'ArcFace', 'Dlib', 'SFace', 'GhostFaceNet', 'Buffalo_L'
] as const
export const DETECTORS = [
  'opencv', 'ssd', 'dlib', 'mtcnn', 'retinaface', 'mediapipe', 'yolov8', 'yunet', 'fastmtcnn', 'centerface',
  'yolov8n', 'yolov8m', 'yolov8l', 'yolov11n', 'yolov11s', 'yolov11m', 'yolov11l', 'yolov12n', 'yolov12s', 'yolov12m', 'yolov12l',
  'yunet-mesh', 'skip'
] as const
export const NORMALIZATIONS = ['base', 'raw', 'Facenet', 'Facenet2018', 'VGGFace', 'VGGFace2', 'ArcFace'] as const
export const PIPELINES = ['native', 'deepface'] as const
export const ACTIONS = ['emotion', 'age', 'gender', 'race'] as const
/**
 * The reason of the threshold of a search: `search` follows from the number of faces, `request` was sent, `collection` is that of the collection,
 * `standard` that of a pair.
 */
export const SEARCH_REASONS = ['search', 'request', 'collection', 'standard'] as const
/** Whether the threshold of a pair depends on the ages and the poses of the two faces (`adaptive`) or never (`fixed`). */
export const VERDICT_POLICIES = ['adaptive', 'fixed'] as const
/** Why a pair has the threshold that it has: of two adults; of young people; of one turned head; of faces of which that is not known; one that was sent. */
export const VERDICT_REASONS = ['standard', 'young', 'turned', 'unknown', 'request'] as const
/** Further facts about a face that `include` asks for. */
export const TRAITS = ['mesh', 'pose', 'expression', 'quality', 'liveness'] as const

export type SearchReason = typeof SEARCH_REASONS[number]
export type VerdictPolicy = typeof VERDICT_POLICIES[number]
export type VerdictReason = typeof VERDICT_REASONS[number]
export type RecogniserName = typeof RECOGNISERS[number]
export type DetectorName = typeof DETECTORS[number]
/** A detector that runs a model. `skip` runs none: the whole picture counts as the face. */
export type RealDetector = Exclude<DetectorName, 'skip'>
export type Normalization = typeof NORMALIZATIONS[number]
export type Pipeline = typeof PIPELINES[number]
export type Action = typeof ACTIONS[number]
export type Trait = typeof TRAITS[number]

/**
 * The detector that a new request means by a name, and under whose name its faces are stored. In the native pipeline `yunet` has been superseded
 * by `yunet-mesh`; collections that were made before keep comparing faces as they were found.
 *
 * @example
 * currentDetector('yunet', 'native') // 'yunet-mesh'
 */
export const currentDetector = (detector: DetectorName, pipeline: Pipeline): DetectorName =>
  detector === 'yunet' && pipeline === 'native' ? 'yunet-mesh' : detector

/** Keys of the scores, with DeepFace's names and in its order. */
export const EMOTIONS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const
export const RACES = ['asian', 'indian', 'black', 'white', 'middle eastern', 'latino hispanic'] as const
export const GENDERS = ['Woman', 'Man'] as const

export type Emotion = typeof EMOTIONS[number]
export type Race = typeof RACES[number]
export type Gender = typeof GENDERS[number]
