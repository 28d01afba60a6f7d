import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metric } from '../match/distance.ts'
import type { Normalization } from '../models/names.ts'

/** What was recorded from Python's DeepFace, as far as it is compared. A folder of such files has a README that says how it came about. */

export interface Area {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  /** Absent where the detector was `skip` in `represent`. */
  readonly left_eye?: readonly [number, number] | null
  readonly right_eye?: readonly [number, number] | null
}

/** Pixels of a picture by their hash and by 36 probes in a grid of 6 × 6, row by row. */
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
  /** Instead of faces. */
  readonly error?: { readonly class: string }
}

/** One call of `represent`. */
export interface RepresentRecord {
  readonly image: string
  readonly model: string
  readonly detector: string
  readonly align: boolean
  readonly normalization: Normalization
  readonly faces?: ReadonlyArray<{ readonly facial_area: Area, readonly embedding: readonly number[] }>
}

/** Four calls of `verify`, one a metric. */
export interface VerifyRecord {
  readonly img1: string
  readonly img2: string
  readonly model: string
  readonly detector: string
  readonly metrics: Readonly<Record<Metric, { readonly distance: number, readonly verified: boolean, readonly confidence: number }>>
}

export interface FindRow extends Readonly<Record<`${'source' | 'target'}_${'x' | 'y' | 'w' | 'h'}`, number>> {
  /** File name. */
  readonly identity: string
  readonly threshold: number | 'inf'
  readonly distance: number
  /** Absent where `batched`. */
  readonly confidence?: number
}

/** One call of `find`, with enforce_detection false. */
export interface FindRecord {
  /** A name of `databases`. */
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
  /** Absent where DeepFace takes it. */
  readonly error?: { readonly class: string }
}

export interface Records {
  readonly extract: readonly ExtractRecord[]
  readonly represent: readonly RepresentRecord[]
  readonly verify: readonly VerifyRecord[]
}

/** @throws {Error} naming the file that is not there or is no JSON. */
export async function readRecords (folder: string): Promise<Records> {
  const read = async <T>(name: string): Promise<T> => {
    const path = join(folder, name)
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T
    } catch (cause) {
      throw new Error(`${path} cannot be read; the folder must hold extract_faces.json, represent.json and verify.json.`, { cause })
    }
  }
  const [extract, { full }, { pairs }] = await Promise.all([
    read<ExtractRecord[]>('extract_faces.json'),
    read<{ full: RepresentRecord[] }>('represent.json'),
    read<{ pairs: VerifyRecord[] }>('verify.json')
  ])
  return { extract, represent: full, verify: pairs }
}
