import type { FaceEngine } from '../engine/face-engine.ts'
import { MOST_AGES } from '../match/judge-hits.ts'
import type { Trait } from '../names.ts'
import type { RepresentedFace } from '../pipelines/contract.ts'
import type { Collection } from './contract.ts'
import { optionsFor } from './enrol/represent.ts'

/** A face to search for. */
export interface Probe {
  readonly embedding: Float32Array
  /** Absent where the client sent an embedding. */
  readonly face?: RepresentedFace
  /** Estimates the age of the face; undefined where that is not possible. */
  readonly estimateAge: () => Promise<number | undefined>
}

export interface ProbeOptions {
  readonly enforceDetection: boolean
  readonly antiSpoofing: boolean | 'report'
  /** Only this many faces of the photo, the largest; all when undefined. */
  readonly maxFaces: number | undefined
  /** Further facts to tell about each face. */
  readonly include?: readonly Trait[]
  /** The photo once more, where ages may have to be estimated. */
  readonly copy: Uint8Array | undefined
}

/**
 * Returns the faces of a photo, represented with the settings of the collection, or one probe for a vector.
 * @param source the bytes of a photo, or the vector of a face.
 * @throws {FaceError} no_face_detected and what else `engine.represent` throws.
 */
export async function probesOf (
  collection: Collection,
  source: Uint8Array | Float32Array,
  { copy, ...options }: ProbeOptions,
  engine: FaceEngine,
  signal: AbortSignal
): Promise<Probe[]> {
  if (source instanceof Float32Array) return [{ embedding: source, estimateAge: async () => undefined }]
  const faces = await engine.represent(source, optionsFor(collection, options), { signal })
  return faces.map((face, i) => ({
    embedding: face.embedding,
    face,
    async estimateAge () {
      if (!copy || i >= MOST_AGES) return undefined
      // The engine takes over the memory of the bytes it is given.
      const [age] = await engine.ages(Uint8Array.from(copy), [face], { expandPercentage: 0 }, { signal }) ?? []
      return age
    }
  }))
}
