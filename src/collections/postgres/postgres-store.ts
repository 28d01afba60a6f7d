import { FaceError } from '../../errors.ts'
import type { RecordStore } from '../contract.ts'
import { asFaceError, connect } from './connection.ts'
import { writer } from './execute-plan.ts'
import { keepHouse } from './housekeeping.ts'
import { checkSchema } from './migrate.ts'
import { feeder } from './postgres-feed.ts'
import { reader } from './postgres-reads.ts'
import { type Following, noting } from './replica-progress.ts'
import { createWatch } from './watch.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of libpq such as `?sslmode=verify-full`. */
  readonly url: string
  readonly log: { readonly warn: (object: object, message: string) => void }
}

/**
 * The records in PostgreSQL, version 15 or later, shared by any number of instances. Where the server is away, whatever is asked rejects
 * with service_unavailable, and works again once it is back.
 * @throws {FaceError} service_unavailable when the schema is not of this version (`migratePostgres`).
 */
export async function openPostgresStore ({ url, log }: PostgresStoreOptions): Promise<RecordStore> {
  const postgres = connect(url, log)
  const following: Following = new Map()

  // Once it has been seen to be right it stays so: a later version keeps to what the one before can read.
  let isRight = false
  async function check (): Promise<void> {
    if (isRight) return
    await checkSchema(postgres.query)
    isRight = true
  }
  try {
    await check()
  } catch (error) {
    if (error instanceof FaceError) {
      await postgres.close()
      throw error
    }
    log.warn({ err: error }, 'the store of the collections cannot be reached; what needs it is refused until it is there')
  }

  const guarded = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => async (...args: Args): Promise<Result> => {
    try {
      await check()
      return await work(...args)
    } catch (error) {
      throw asFaceError(error)
    }
  }
  const read = reader(postgres.query)
  const written = writer(postgres)
  const { watch, close } = createWatch({ url, postgres, following, log })
  const house = keepHouse({ postgres, following, log })

  return {
    caps: { durableOnAck: true, atomicBatch: true, sharedAcrossProcesses: true },
    createCollection: guarded(written.createCollection),
    dropCollection: guarded(written.dropCollection),
    write: guarded(written.write),
    collection: guarded(read.collection),
    list: guarded(read.collections),
    counts: guarded(read.counts),
    recall: guarded(read.recall),
    subject: guarded(read.subject),
    subjects: guarded(read.subjects),
    faces: guarded(read.faces),
    photo: guarded(read.photo),
    vectors: guarded(read.vectors),
    check: guarded(read.check),
    changes: guarded(noting(following, feeder(postgres))),
    watch,
    async close () {
      await house.close()
      await close()
      await postgres.close()
    }
  }
}
