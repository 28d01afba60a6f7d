import type { Database } from './database.ts'
import { feeder } from './feed.ts'
import { reader } from './read.ts'
import { writer } from './write.ts'

/** All that is asked of one connection, by name, so that a thread can be told what to do. */
export const operations = (database: Database) => ({
  ...reader(database),
  ...writer(database),
  changes: feeder(database),
  close: () => database.close()
})

export type Operations = ReturnType<typeof operations>
export type OperationName = keyof Operations
