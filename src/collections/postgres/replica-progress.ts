import type { Collection, Feed } from '../contract.ts'

/** How far the feed of a collection has been read here. */
export interface Position {
  readonly id: string
  /** The reader has all up to here. */
  readonly has: number
  /** It has been told all up to here. */
  readonly told: number
}

/** The collections whose feed is read here, by key. */
export type Following = Map<number, Position>

/** `changes`, noting how far it was read. */
export const noting = (following: Following, changes: (collection: Collection, after: number, limit: number) => Promise<Feed>): typeof changes => async (collection, after, limit) => {
  const feed = await changes(collection, after, limit)
  following.set(collection.key, { id: collection.id, has: feed.reset ? 0 : after, told: feed.upTo })
  return feed
}
