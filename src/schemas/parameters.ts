import { Type } from '@sinclair/typebox'
import { type Metric, METRICS } from '../match/distance.ts'
import {
  type Action, ACTIONS, type DetectorName, DETECTORS, type Normalization, NORMALIZATIONS, type Pipeline, PIPELINES, type RecogniserName, RECOGNISERS,
  SEARCH_REASONS, type VerdictPolicy
} from '../names.ts'

/** Defaults of parameters that a request leaves out: the DEFAULT_ variables of the configuration. */
export interface Defaults {
  readonly DEFAULT_MODEL: RecogniserName
  readonly DEFAULT_DETECTOR: DetectorName
  readonly DEFAULT_METRIC: Metric
  readonly DEFAULT_PIPELINE: Pipeline
  readonly SEARCH_FALSE_ALARMS: number | 'off'
  readonly VERDICT_POLICY: VerdictPolicy
}

/** A string out of `names` as a plain `enum`: TypeBox writes a union of literals as `anyOf`, which SDK generators turn into odd types. */
export const oneOf = <Name extends string>(names: readonly Name[], options: { title?: string, default?: NoInfer<Name>, description?: string } = {}) =>
  Type.Unsafe<Name>({ type: 'string', enum: names, ...options })

/** Enums that several schemas share. The title is their name in the document, and so in generated clients. */
export const modelName = (options: NamedOptions<RecogniserName> = {}) => oneOf(RECOGNISERS, { title: 'ModelName', ...options })
export const detectorBackend = (options: NamedOptions<DetectorName> = {}) => oneOf(DETECTORS, { title: 'DetectorBackend', ...options })
export const distanceMetric = (options: NamedOptions<Metric> = {}) => oneOf(METRICS, { title: 'DistanceMetric', ...options })
export const normalizationName = (options: NamedOptions<Normalization> = {}) => oneOf(NORMALIZATIONS, { title: 'Normalization', ...options })
export const pipelineName = (options: NamedOptions<Pipeline> = {}) => oneOf(PIPELINES, { title: 'Pipeline', ...options })

/** Whether prints and screens are refused, or what is known about them is reported. One schema with two types, so that an error names one cause. */
export const antiSpoofing = (refusing = 'Answer `spoof_detected` when a face is a photo of a photo or a screen.') => Type.Unsafe<boolean | 'report'>({
  title: 'AntiSpoofing',
  type: ['boolean', 'string'],
  enum: [true, false, 'report'],
  default: false,
  description: `true: ${refusing} "report": refuse nothing, and answer is_real and antispoof_score of each face.`
})

/** The share of strangers that a search may name. One schema with two types, so that an error names one cause. */
const FALSE_ALARMS = { title: 'SearchFalseAlarms', type: ['number', 'string'], exclusiveMinimum: 0, maximum: 1, pattern: '^off$' }
export const searchFalseAlarms = ({ SEARCH_FALSE_ALARMS }: Defaults) => Type.Unsafe<number | 'off'>({
  ...FALSE_ALARMS,
  default: SEARCH_FALSE_ALARMS,
  description: 'Share of the strangers that a search may name as somebody: the threshold falls with the number of faces that are compared. "off": the threshold of a pair. Without effect where a threshold is sent, and in the deepface pipeline.'
})

/** The same of a collection, or of a search in it: left out, it is that of the collection, and of the service where that has none. */
export const ownFalseAlarms = (description: string) => Type.Unsafe<number | 'off'>({ ...FALSE_ALARMS, description })

/** Fields of an answer that say which threshold a search applied. */
export const searchFields = {
  threshold: Type.Number({ description: 'Largest distance that was accepted.' }),
  reason: oneOf(SEARCH_REASONS, { title: 'SearchReason', description: 'Why that threshold: `search`, it follows from `compared` and search_false_alarms; `request`, it was sent; `collection`, it is the one of the collection; `standard`, it is that of a pair.' }),
  compared: Type.Integer({ description: 'Number of faces that each face of the picture was compared with.' })
}

interface NamedOptions<Name> { default?: Name, description?: string }

/** The parameters that endpoints share, with the defaults of this service. Optional for the client, always present for the handler. */
export const parameters = ({ DEFAULT_MODEL, DEFAULT_DETECTOR, DEFAULT_METRIC, DEFAULT_PIPELINE }: Defaults) => ({
  model_name: modelName({ default: DEFAULT_MODEL, description: 'The recogniser that turns a face into an embedding. Embeddings of different models cannot be compared.' }),
  detector_backend: detectorBackend({ default: DEFAULT_DETECTOR, description: 'The detector that finds the faces; `skip` takes the whole picture for one face. In the native pipeline `yunet` is short for `yunet-mesh`.' }),
  distance_metric: distanceMetric({ default: DEFAULT_METRIC, description: 'cosine: 1 − cos, 0..2. euclidean: 0 or more. euclidean_l2: of the vectors at length 1, 0..2. angular: arccos(cos)/π, 0..1.' }),
  normalization: normalizationName({ default: 'base', description: 'Input scaling, in the `deepface` pipeline only. The `native` pipeline always uses the scaling its model was trained with.' }),
  pipeline: pipelineName({ default: DEFAULT_PIPELINE, description: 'native: accurate and fast, with thresholds of its own. deepface: the numbers of Python DeepFace. Embeddings of the two cannot be compared.' }),
  enforce_detection: Type.Boolean({ default: true, description: 'Answer `no_face_detected` when no face is found; otherwise the whole picture stands for the face, with confidence 0.' }),
  align: Type.Boolean({ default: true, description: 'Turn each face upright before it is used.' }),
  expand_percentage: Type.Integer({ minimum: 0, maximum: 100, default: 0, description: 'Grow the box of each face by so many percent.' }),
  anti_spoofing: antiSpoofing(),
  max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Only the so many largest faces; all when left out.' })),
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description: 'Largest distance that still counts as the same person; the one of model, pipeline and metric when left out, and in the deepface pipeline when 0, as in DeepFace.' }))
})

/** A list of actions. Duplicates are allowed and count once; the bound keeps a hostile list short. */
export const actions = (options: { default?: Action[], description: string }) =>
  Type.Array(oneOf<Action>(ACTIONS, { title: 'Action' }), { minItems: 1, maxItems: 16, ...options })

interface ThresholdFields { readonly threshold?: number, readonly pipeline: Pipeline }

/** Returns the threshold of the client, undefined where there is none. In the deepface pipeline 0 counts as none, as in DeepFace. */
export const askedThreshold = ({ threshold, pipeline }: ThresholdFields): number | undefined =>
  pipeline === 'deepface' ? threshold || undefined : threshold

/** Returns the threshold of the client, or else the model's own. */
export const thresholdOf = (fields: ThresholdFields, own: number): number => askedThreshold(fields) ?? own
