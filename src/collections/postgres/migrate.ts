import pg from 'pg'
import { FaceError } from '../../errors.ts'
import { asFaceError, clientOptions, type Query } from './connection.ts'
import { MIGRATIONS } from './postgres-migrations.ts'

/** Key of the advisory lock under which one process at a time changes the schema; an arbitrary number that no other program uses. */
const LOCK = 0x76697361

const laterVersion = (version: number): FaceError => new FaceError('service_unavailable',
  `The database of COLLECTIONS_URL is of a later version of this service (schema ${version}; this one knows ${MIGRATIONS.length}). Use that version, or another database.`)

const earlierVersion = (version: number): FaceError => new FaceError('service_unavailable',
  `The database of COLLECTIONS_URL has not the schema of this version (${version} of ${MIGRATIONS.length}). Run \`npm run collections -- migrate\`.`)

/**
 * Migrates a database to the schema of this version, by all steps or none. Returns the version before and after. Instances that are running
 * meanwhile wait.
 * @throws {FaceError} service_unavailable when the server cannot be used, or its schema is of a later version.
 */
export async function migratePostgres (url: string): Promise<{ from: number, to: number }> {
  // No time limit: an index on many rows may take long.
  const client = new pg.Client({ ...clientOptions(url), query_timeout: 0 })
  try {
    await client.connect()
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    await client.query('CREATE SCHEMA IF NOT EXISTS visage; CREATE TABLE IF NOT EXISTS visage.migration (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())')
    const from = await versionOf(async (sql) => (await client.query(sql)).rows)
    if (from > MIGRATIONS.length) throw laterVersion(from)
    for (const [i, sql] of MIGRATIONS.entries()) {
      if (i < from) continue
      await client.query(sql)
      await client.query('INSERT INTO visage.migration (version) VALUES ($1)', [i + 1])
    }
    await client.query('COMMIT')
    return { from, to: MIGRATIONS.length }
  } catch (error) {
    throw asFaceError(error)
  } finally {
    await client.end()
  }
}

/** @throws {FaceError} service_unavailable when the schema is not of this version; other errors when the server cannot be used. */
export async function checkSchema (query: Query): Promise<void> {
  const [{ exists } = {}] = await query("SELECT to_regclass('visage.migration') IS NOT NULL AS exists")
  const version = exists === true ? await versionOf(query) : 0
  if (version > MIGRATIONS.length) throw laterVersion(version)
  if (version < MIGRATIONS.length) throw earlierVersion(version)
}

async function versionOf (query: Query): Promise<number> {
  const [row] = await query('SELECT coalesce(max(version), 0) AS version FROM visage.migration')
  return row!['version'] as number
}
