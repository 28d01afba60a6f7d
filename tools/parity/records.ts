import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metric } from '../../src/match/distance.ts'
import type { Normalization } from '../../src/names.ts'

/** Records of Python's DeepFace, as far as they are compared. The README in each folder of such files describes how they were made. */

export interface Area {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  /** Absent when the detector is `skip` in `represent`. */
  readonly left_eye?: readonly [number, number] | null
  readonly right_eye?: readonly [number, number] | null
}

/** Pixels of a picture, as their hash and 36 probes in a grid of 6 × 6, row by row. */
export interface Pixels {
  readonly shape: readonly [height: number, width: number, channels?: number]
  readonly sha256: string
  readonly probe: ReadonlyArray<number | readonly number[]>
}

/** One call of `extract_faces`. */
export interface ExtractRecord {
  readonly image: string
  readonly detector: string
  readonly variant: string
  readonly align: boolean
  readonly expand_percentage?: number
  readonly max_faces?: number
  readonly grayscale?: boolean
  readonly color_face?: 'rgb' | 'bgr' | 'gray'
  readonly faces?: ReadonlyArray<{ readonly facial_area: Area, readonly confidence: number, readonly crop: Pixels }>
  /** Present instead of `faces` when the call failed. */
  readonly error?: { readonly class: string }
}

/** One call of `represent`. */
export interface RepresentRecord {
  readonly image: string
  readonly model: string
  readonly detector: string
  readonly align: boolean
  readonly normalization: Normalization
  readonly faces?: readonly RecordedVector[]
}

/** Vector of a face: complete, or its length and its first values. */
export interface RecordedVector {
  readonly facial_area: Area
  readonly norm?: number
  readonly embedding?: readonly number[]
  readonly first8?: readonly number[]
}

/** Four calls of `verify`, one for each metric. */
export interface VerifyRecord {
  readonly img1: string
  readonly img2: string
  readonly model: string
  readonly detector: string
  readonly metrics: Readonly<Record<Metric, { readonly distance: number, readonly verified: boolean, readonly confidence: number }>>
}

/** Arguments of a DeepFace call, by their names there. */
type Arguments = Readonly<Record<string, unknown>>

/** One call of `verify` with other arguments, or with embeddings instead of photos. */
export interface VerifyVariant {
  readonly img1: string | readonly number[]
  readonly img2: string | readonly number[]
  readonly model: string
  readonly kwargs: Arguments & { readonly detector_backend?: string }
  /** Undefined when DeepFace fails. */
  readonly result: {
    readonly verified: boolean
    readonly distance: number
    readonly threshold: number
    readonly confidence: number
    readonly facial_areas: Readonly<Record<'img1' | 'img2', Area | { readonly x: null }>>
  } | undefined
}

/** One call of `represent` with other arguments. */
export interface RepresentVariant {
  readonly image?: string
  /** Present instead of `image` when the call has several. */
  readonly images?: readonly string[]
  readonly model: string
  readonly kwargs: Arguments & { readonly detector_backend?: string }
  /** Faces of all images, image by image. */
  readonly faces?: ReadonlyArray<{
    readonly facial_area: Area
    readonly face_confidence: number
    readonly norm: number
    readonly embedding?: readonly number[]
  }>
}

/** A photo decoded by OpenCV, as BGR. */
export interface DecodeRecord extends Pixels {
  readonly image: string
}

/** A face crop that was written to a file, as RGB. */
export interface CropRecord extends Pixels {
  /** Path below the folder of records. */
  readonly file: string
  readonly image: string
  readonly detector: string
  readonly align: boolean
  /** Index among the faces of the call. */
  readonly face_index: number
}

/** One call of `extract_faces` with anti_spoofing. */
export interface AntiSpoofRecord {
  readonly image: string
  readonly detector: string
  readonly align: boolean
  /** Absent when no face is detected. */
  readonly faces?: ReadonlyArray<{ readonly facial_area: Area, readonly is_real: boolean, readonly antispoof_score: number }>
}

/** Input tensor of a network for a face. */
export interface TensorRecord {
  /** Path of the face crop, below the folder of records. */
  readonly crop: string
  readonly path: 'float' | 'uint8'
  readonly size: readonly [height: number, width: number]
  readonly normalization: Normalization
  /** Lower-case hex sha256 of the float32 values, little-endian. */
  readonly sha256_le_f32: string
}

export interface FindRow extends Readonly<Record<`${'source' | 'target'}_${'x' | 'y' | 'w' | 'h'}`, number>> {
  /** File name. */
  readonly identity: string
  readonly threshold: number | 'inf'
  readonly distance: number
  /** Absent when `batched`. */
  readonly confidence?: number
}

/** One call of `find`, with enforce_detection false. */
export interface FindRecord {
  /** One of the names in `databases`. */
  readonly db: string
  readonly query: string
  readonly model: string
  readonly detector: string
  readonly metric: Metric
  readonly variant: string
  readonly kwargs: { readonly threshold?: number, readonly k?: number, readonly similarity_search?: boolean, readonly batched?: boolean }
  readonly faces: ReadonlyArray<{ readonly rows: readonly FindRow[] }>
}

/** One call with bad input. */
export interface ErrorRecord {
  readonly case: string
  /** Absent when DeepFace accepts the input. */
  readonly error?: { readonly class: string }
}

export interface Records {
  readonly extract: readonly ExtractRecord[]
  readonly represent: readonly RepresentRecord[]
  readonly verify: readonly VerifyRecord[]
  readonly verifyVariants: readonly VerifyVariant[]
  readonly representVariants: readonly RepresentVariant[]
  readonly tensors: readonly TensorRecord[]
  readonly find: readonly FindRecord[]
  /** Photos of each face database, by its name. */
  readonly databases: Readonly<Record<string, readonly string[]>>
  readonly errors: readonly ErrorRecord[]
  readonly antiSpoof: readonly AntiSpoofRecord[]
  readonly decoded: readonly DecodeRecord[]
  readonly crops: readonly CropRecord[]
}

/** Reads a folder of records. Optional files that it lacks are empty. @throws {Error} naming the file that is missing or not JSON. */
export async function readRecords (folder: string): Promise<Records> {
  const read = async <T>(name: string): Promise<T> => {
    const path = join(folder, name)
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T
    } catch (cause) {
      throw new Error(`${path} cannot be read; the folder must hold extract_faces.json, represent.json and verify.json.`, { cause })
    }
  }
  const optional = async <T>(name: string, none: T): Promise<T> => existsSync(join(folder, name)) ? await read<T>(name) : none
  const [extract, represent, verify, tensors, find, errors, antiSpoof, decoded, crops] = await Promise.all([
    read<ExtractRecord[]>('extract_faces.json'),
    read<{ full: RepresentRecord[], brief?: RepresentRecord[], variants?: StoredRepresentVariant[] }>('represent.json'),
    read<{ pairs: VerifyRecord[], variants?: StoredVariant[] }>('verify.json'),
    optional<{ records: TensorRecord[] }>('tensors.json', { records: [] }),
    optional<{ databases: Record<string, string[]>, records: FindRecord[] }>('find.json', { databases: {}, records: [] }),
    optional<ErrorRecord[]>('errors.json', []),
    optional<AntiSpoofRecord[]>('antispoof.json', []),
    optional<DecodeRecord[]>('decode.json', []),
    optional<CropRecord[]>('crops.json', [])
  ])
  return {
    extract,
    represent: [...represent.full, ...represent.brief ?? []],
    verify: verify.pairs,
    verifyVariants: variantsOf(verify.variants ?? []),
    representVariants: (represent.variants ?? []).map(({ faces, ...variant }) => ({ ...variant, ...(faces && { faces: faces.flat() }) })),
    tensors: tensors.records,
    find: find.records,
    databases: find.databases,
    errors,
    antiSpoof,
    decoded,
    crops
  }
}

/** A variant as stored: with a list of faces for each of several images. */
interface StoredRepresentVariant extends Omit<RepresentVariant, 'faces'> {
  readonly faces?: ReadonlyArray<Face | Face[]>
}
type Face = NonNullable<RepresentVariant['faces']>[number]

/** A variant as stored: with photos and arguments, or a case with embeddings, which only the first of its metrics carries. */
interface StoredVariant extends Omit<VerifyVariant, 'img1' | 'img2' | 'kwargs' | 'result'> {
  readonly img1?: string
  readonly img2?: string
  readonly kwargs?: VerifyVariant['kwargs']
  readonly result?: VerifyVariant['result'] | { readonly error: object }
  readonly case?: string
  readonly metric?: Metric
  readonly embedding1?: VerifyVariant['img1']
  readonly embedding2?: VerifyVariant['img2']
}

function variantsOf (stored: readonly StoredVariant[]): VerifyVariant[] {
  let images: readonly [VerifyVariant['img1'], VerifyVariant['img2']] = ['', '']
  return stored.flatMap((record) => {
    const result = record.result && !('error' in record.result) ? record.result : undefined
    if (record.img1 !== undefined && record.img2 !== undefined) {
      return { img1: record.img1, img2: record.img2, model: record.model, kwargs: record.kwargs ?? {}, result }
    }
    if (record.embedding1 && record.embedding2) images = [record.embedding1, record.embedding2]
    // Zero vectors have no direction: DeepFace returns infinity, which JSON cannot express.
    if (record.case === 'zeros') return []
    return { img1: images[0], img2: images[1], model: record.model, kwargs: { detector_backend: 'yunet', distance_metric: record.metric }, result }
  })
}
