import type { Database } from './database.ts'
import { feeder } from './sqlite-feed.ts'
import { reader } from './sqlite-reads.ts'
import { writer } from './sqlite-writes.ts'

/** All operations on one connection, by the names under which the main thread calls them in sqlite-thread.ts. */
export const operations = (database: Database) => ({
  ...reader(database),
  ...writer(database),
  changes: feeder(database),
  close: () => database.close()
})

export type Operations = ReturnType<typeof operations>
export type OperationName = keyof Operations
