import type { FaceEngine } from '../engine/face-engine.ts'
import { validationError } from '../errors.ts'
import type { RepresentedFace } from '../pipelines/contract.ts'
import { noCollection } from './collection-problems.ts'
import type { Collection, Collections } from './contract.ts'
import { vectorOf } from './embedding.ts'
import { optionsFor } from './enrol/represent.ts'

/** A face that is looked for; one that was sent as an embedding has nothing else. */
export interface Probe {
  readonly embedding: Float32Array
  readonly face?: RepresentedFace
}

export interface ProbeRequest {
  readonly img?: string
  readonly embedding?: readonly number[]
  readonly enforce_detection: boolean
  readonly anti_spoofing: boolean
  readonly max_faces?: number
}

/** The faces of the picture, or the vector, that a request holds. @throws {FaceError} validation_error unless it holds one of both. */
export async function probesOf (collection: Collection, body: ProbeRequest, readImage: (field: string, text: string) => Promise<Uint8Array>, engine: FaceEngine, signal: AbortSignal): Promise<Probe[]> {
  const { img, embedding } = body
  if ((img === undefined) === (embedding === undefined)) throw validationError([{ field: '', msg: 'Send either img or embedding' }])
  if (embedding) return [{ embedding: vectorOf('embedding', embedding, collection) }]
  const options = optionsFor(collection, { enforceDetection: body.enforce_detection, antiSpoofing: body.anti_spoofing, maxFaces: body.max_faces })
  const faces = await engine.represent(await readImage('img', img!), options, { signal })
  return faces.map((face) => ({ embedding: face.embedding, face }))
}

/** @throws {FaceError} not_found. */
export async function existing (collections: Collections, id: string): Promise<Collection> {
  const collection = await collections.collection(id)
  if (!collection) throw noCollection(id)
  return collection
}
