import type { Collection, Feed } from '../contract.ts'

/** Position of this instance in the feed of a collection. */
export interface Position {
  readonly id: string
  /** Number up to which the reader has taken in everything: it asked for the changes after it. */
  readonly has: number
  /** Number up to which changes have been returned to it. */
  readonly sent: number
}

/** Positions by key of the collection, for the collections whose feed this instance reads. */
export type Following = Map<number, Position>

type Changes = (collection: Collection, after: number, limit: number) => Promise<Feed>

/** Wraps `changes` so that it records in `following` how far this instance has read. */
export const recordingProgress = (following: Following, changes: Changes): Changes => async (collection, after, limit) => {
  const feed = await changes(collection, after, limit)
  following.set(collection.key, { id: collection.id, has: feed.reset ? 0 : after, sent: feed.upTo })
  return feed
}
