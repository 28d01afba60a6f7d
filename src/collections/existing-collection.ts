import { noCollection } from './collection-problems.ts'
import type { Collection, Collections } from './contract.ts'

/**
 * Returns the collection with this id.
 * @throws {FaceError} not_found when there is none.
 * @example
 * const collection = await existingCollection(fastify.collections, request.params.collection)
 */
export async function existingCollection (collections: Pick<Collections, 'collection'>, id: string): Promise<Collection> {
  const collection = await collections.collection(id)
  if (!collection) throw noCollection(id)
  return collection
}
