import { FaceError } from '../../errors.ts'
import type { RecordStore } from '../contract.ts'
import { asFaceError, connect } from './connection.ts'
import { writer } from './execute-plan.ts'
import { keepHouse } from './housekeeping.ts'
import { checkSchema } from './migrate.ts'
import { feeder } from './postgres-feed.ts'
import { reader } from './postgres-reads.ts'
import { type Following, recordingProgress } from './replica-progress.ts'
import { createWatch } from './watch.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of libpq such as `?sslmode=verify-full`. */
  readonly url: string
  readonly log: { readonly warn: (object: object, message: string) => void }
}

/**
 * Opens a store in PostgreSQL, version 15 or later, which any number of instances share. While the server cannot be reached, every method
 * rejects with service_unavailable; they work again once it is back.
 * @throws {FaceError} service_unavailable when the schema is not of this version (`migratePostgres`).
 * @example
 * await migratePostgres(url)
 * const store = await openPostgresStore({ url, log })
 */
export async function openPostgresStore ({ url, log }: PostgresStoreOptions): Promise<RecordStore> {
  const postgres = connect(url, log)
  const following: Following = new Map()

  // Checked once: a later version keeps its schema readable by the one before.
  let isChecked = false
  async function check (): Promise<void> {
    if (isChecked) return
    await checkSchema(postgres.query)
    isChecked = true
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

  /** Wraps a method: it rejects with a FaceError, and only runs on a schema that has been checked. */
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
    createCollection: guarded(written.createCollection),
    updateCollection: guarded(written.updateCollection),
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
    changes: guarded(recordingProgress(following, feeder(postgres))),
    watch,
    async close () {
      await house.close()
      await close()
      await postgres.close()
    }
  }
}
