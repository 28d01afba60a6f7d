import type { Database } from './database.ts'
import { feeder } from './sqlite-feed.ts'
import { reader } from './sqlite-reads.ts'
import { writer } from './sqlite-writes.ts'

/** All that is asked of one connection, by name, so that a thread can be told what to do. */
export const operations = (database: Database) => ({
  ...reader(database),
  ...writer(database),
  changes: feeder(database),
  close: () => database.close()
})

export type Operations = ReturnType<typeof operations>
export type OperationName = keyof Operations
