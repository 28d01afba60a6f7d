import type { FaceEngine } from '../engine/face-engine.ts'
import type { FaceError } from '../errors.ts'
import type { RepresentedFace } from '../pipelines/contract.ts'
import type { Collection, Collections } from './contract.ts'
import { optionsFor } from './enrol/represent.ts'
import { isPhotoError } from './photo-errors.ts'

/** A face to be grouped with others: one of the request, or an enrolled one. */
export interface Member {
  readonly embedding: Float32Array
  /** Place in the request: `imgs.0`, `embeddings.3`. */
  readonly source?: string
  readonly found?: RepresentedFace
  /** Years, where they were estimated. */
  readonly age?: number | undefined
  /** Id of the enrolled face. */
  readonly face?: string
  readonly subject?: string
}

/** Returns all faces of a photo of the request, or the error that says why there are none. */
export async function membersOf (
  collection: Collection,
  source: string,
  read: () => Promise<Uint8Array>,
  { engine, ages, signal }: { readonly engine: FaceEngine, readonly ages: boolean, readonly signal: AbortSignal }
): Promise<Member[] | FaceError> {
  try {
    const faces = await engine.represent(await read(), optionsFor(collection, { ages }), { signal })
    return faces.map((found) => ({ embedding: found.embedding, source, found, age: found.age }))
  } catch (error) {
    if (isPhotoError(error)) return error
    throw error
  }
}

/** Returns the faces of a collection: at most `most`, and one more where there are more. */
export async function enrolledMembers (collections: Collections, collection: string, most: number): Promise<Member[]> {
  const members: Member[] = []
  for (let cursor: string | undefined, more = true; more && members.length <= most;) {
    const { items, next } = await collections.subjects(collection, { limit: 1000, cursor })
    for (const { id: subject, faces } of items) {
      if (faces === 0 || members.length > most) continue
      const page = await collections.faces(collection, subject, { limit: most + 1 - members.length })
      members.push(...page.items.map(({ id: face, embedding, details: { age } }) => ({ embedding, face, subject, age })))
    }
    cursor = next
    more = next !== undefined
  }
  return members
}
