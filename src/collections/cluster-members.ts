import type { FaceEngine } from '../engine/face-engine.ts'
import { FaceError } from '../errors.ts'
import type { RepresentedFace } from '../pipelines/contract.ts'
import type { Collection, Collections } from './contract.ts'
import { optionsFor } from './enrol/represent.ts'

/** A face that is to be grouped with others. */
export interface Member {
  readonly embedding: Float32Array
  /** Where it stands in the request. */
  readonly source?: string
  readonly found?: RepresentedFace
  /** Where it is enrolled. */
  readonly face?: string
  readonly subject?: string
}

/** All faces of a photo that was sent, or why there are none. */
export async function membersOf (collection: Collection, source: string, read: () => Promise<Uint8Array>, engine: FaceEngine, signal: AbortSignal): Promise<Member[] | FaceError> {
  try {
    const faces = await engine.represent(await read(), optionsFor(collection), { signal })
    return faces.map((found) => ({ embedding: found.embedding, source, found }))
  } catch (error) {
    if (error instanceof FaceError && ['image_decode_error', 'image_too_large', 'no_face_detected'].includes(error.code)) return error
    throw error
  }
}

/** The faces of a collection, at most `most` and one more. */
export async function enrolledMembers (collections: Collections, collection: string, most: number): Promise<Member[]> {
  const members: Member[] = []
  for (let cursor: string | undefined, more = true; more && members.length <= most;) {
    const { items, next } = await collections.subjects(collection, { limit: 1000, cursor })
    for (const { id: subject, faces } of items) {
      if (faces === 0 || members.length > most) continue
      const page = await collections.faces(collection, subject, { limit: most + 1 - members.length })
      members.push(...page.items.map(({ id: face, embedding }) => ({ embedding, face, subject })))
    }
    cursor = next
    more = next !== undefined
  }
  return members
}
