import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { link, open, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { noCollection } from '../collections/collection-problems.ts'
import type { Collections } from '../collections/contract.ts'
import { exportText, importLines } from '../collections/export-import.ts'
import { linesOf } from '../collections/ndjson.ts'
import { openCollectionsWith } from '../collections/open-collections.ts'
import { migratePostgres } from '../collections/postgres/migrate.ts'
import { searchHere } from '../collections/search/searcher.ts'
import { keepJournal, openDatabase } from '../collections/sqlite/database.ts'
import type { PoolLog } from '../system/worker-pool.ts'
import { FaceError } from '../errors.ts'
import type { CollectionsUrl } from '../collections/collections-url.ts'
import { importIndex, type IndexOptions } from './deepface-import.ts'

/** Limit of a line in characters: fits any photo that MAX_IMAGE_BYTES may allow, and still fits into a string. */
const LONGEST_LINE = 256 * 1024 ** 2

export const HELP = `Usage: npm run collections -- <command>

  list                            prints the collections with their settings and sizes
  migrate                         migrates the store to the schema of this version: once before PostgreSQL is used, and with each new
                                  version of this service. With SQLite and Milvus the service does it by itself
  backup <file>                   copies the whole store, as it is at this moment, into a new file; the service may be running
  accept-loss                     goes on with a SQLite store that has lost acknowledged writes, which the service refuses to start with; the
                                  service must not be running. A copy of the damaged write-ahead log is kept beside it
  export <collection> [file]      writes a collection as JSON lines; without a file to stdout
  import <collection> [file]      reads such lines into an existing collection; without a file from stdin
  import <collection> <file.pkl> [options]
                                  reads the index that DeepFace's find keeps beside its photos (ds_model_….pkl) into a collection of the
                                  deepface pipeline, which is created when it does not exist. Nothing in the file is executed. The folder of
                                  the database that holds a photo is the subject of every face in it; a photo outside such folders is
                                  a subject of its own. Rows that cannot be enrolled are reported and skipped; a second run writes the same again
    --root <folder>               the database folder, as it stands in the paths of the index; default: derived from the location of the file
    --model, --detector, --normalization <name>, --align <true|false>
                                  settings that the vectors were made with; default: those in the name of the file

It reads COLLECTIONS_URL as the service does. A backup is a store: to restore it, stop the service, replace the store's file with it
and remove the -wal, -shm and -acknowledged files of that name.
Backups and exports hold faces, names and photos of people; what is deleted in the service remains in them.
Exit code: 0 done, 1 something failed, 2 wrong usage.
`

export interface CollectionsCliOptions {
  readonly url: CollectionsUrl
  readonly log: PoolLog
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly err: (text: string) => void
}

/** Runs one command line (without node and script) and returns the exit code. @throws {FaceError} when the store refuses. */
export async function runCollections (args: readonly string[], { url, log, stdin, stdout, err }: CollectionsCliOptions): Promise<number> {
  const parsed = parse(args)
  if (parsed === 'help') {
    stdout.write(HELP)
    return 0
  }
  if (typeof parsed === 'string') return usage(parsed)
  const { command, names: [first, second], options } = parsed
  if (Object.keys(options).length > 0 && !(command === 'import' && second?.endsWith('.pkl'))) return usage('Options are for the import of a .pkl file.')
  if (url.kind === 'none') return usage('COLLECTIONS_URL is none: there is no store to look after.')
  const place: Exclude<CollectionsUrl, { kind: 'none' }> = url

  switch (command) {
    case 'migrate':
      if (url.kind === 'milvus') await within((collections) => collections.check())
      stdout.write(`The schema is ${url.kind === 'milvus' ? 'up to date' : await migrated(url)}.\n`)
      return 0
    case 'backup':
      if (url.kind !== 'sqlite') return usage('backup is for SQLite. The servers have their own: pg_dump, pg_basebackup and archived logs; milvus-backup.')
      if (first === undefined) return usage('backup needs the path of a file that is to be made.')
      await backup(url.path, first)
      stdout.write(`${first} is written\n`)
      return 0
    case 'accept-loss':
      if (url.kind !== 'sqlite') return usage('accept-loss is for SQLite.')
      stdout.write(await acceptLoss(url.path))
      return 0
    case 'list': return await within(list)
    case 'export': return first === undefined ? usage('export needs a collection.') : await within((collections) => write(collections, first, second))
    case 'import': return first === undefined ? usage('import needs a collection.') : await within((collections) => read(collections, first, second))
    default: return usage(`There is no command ${command}.`)
  }

  function usage (problem: string): number {
    err(`${problem}\n\n${HELP}`)
    return 2
  }

  async function within (work: (collections: Collections) => Promise<void>): Promise<number> {
    const collections = await openCollectionsWith(searchHere, place, { log, threads: false })
    try {
      await work(collections)
      return 0
    } finally {
      await collections.close()
    }
  }

  async function list (collections: Collections): Promise<void> {
    for (let cursor: string | undefined, more = true; more;) {
      const { items, next } = await collections.list({ limit: 100, cursor })
      for (const { id, model, pipeline, detector, storePhotos } of items) {
        const { subjects, faces } = await collections.counts(id)
        stdout.write(`${id.padEnd(24)} ${model} ${pipeline} ${detector}, ${subjects} subjects, ${faces} faces${storePhotos ? ', with photos' : ''}\n`)
      }
      cursor = next
      more = next !== undefined
    }
  }

  async function write (collections: Collections, id: string, file: string | undefined): Promise<void> {
    const text = exportText(collections, await existing(collections, id))
    if (file !== undefined) return await pipeline(text, (await open(file, 'wx')).createWriteStream({ flush: true }))
    for await (const piece of text) if (!stdout.write(piece)) await once(stdout, 'drain')
  }

  async function read (collections: Collections, id: string, file: string | undefined): Promise<void> {
    if (file?.endsWith('.pkl')) {
      const { subjects, faces, skipped } = await importIndex({ collections, id, file, options, onSkipped: (row) => err(`${row}\n`) })
      stdout.write(`${subjects} subjects and ${faces} faces are in ${id}; ${skipped} rows were left out\n`)
      return
    }
    const input = file === undefined ? stdin : createReadStream(file)
    const { subjects, faces } = await importLines(collections, await existing(collections, id), linesOf(input, LONGEST_LINE))
    stdout.write(`${subjects} subjects and ${faces} faces are in ${id}\n`)
  }
}

/** Migrates the store to the schema of this version and returns a text with its state. */
async function migrated (url: Extract<CollectionsUrl, { kind: 'sqlite' | 'postgres' }>): Promise<string> {
  if (url.kind === 'sqlite') {
    (await openDatabase({ path: url.path })).close()
    return 'up to date'
  }
  const { from, to } = await migratePostgres(url.url)
  return from === to ? `version ${to} already` : `now version ${to}; it was ${from}`
}

/** Opens a database in spite of lost writes, and returns a text for the user. */
async function acceptLoss (path: string): Promise<string> {
  const kept = keepJournal(path)
  ;(await openDatabase({ path, acceptLoss: true })).close()
  return `The store is as far as it can be read.${kept === undefined ? '' : ` ${kept} is what its write-ahead log was; it holds data of people.`}\n`
}

async function existing (collections: Collections, id: string) {
  const collection = await collections.collection(id)
  if (!collection) throw noCollection(id)
  return collection
}

/** Copies a database while others use it. The copy gets its name only when it is complete and on disk. */
async function backup (path: string, target: string): Promise<void> {
  const partial = `${target}.part`
  // Left behind by an interrupted copy.
  await rm(partial, { force: true })
  const database = await openDatabase({ path, readOnly: true })
  try {
    database.copyTo(partial)
  } finally {
    database.close()
  }
  const copy = await open(partial, 'r+')
  await copy.sync()
  await copy.close()
  try {
    // Unlike rename, link does not replace an existing file.
    await link(partial, target)
  } catch (error) {
    throw new FaceError('conflict', `${target} cannot be made: it exists, or its folder does not.`, { cause: error })
  } finally {
    await rm(partial)
  }
}

function parse (args: readonly string[]): { command: string, names: readonly string[], options: IndexOptions } | string {
  const text = { type: 'string' } as const
  try {
    const { positionals: [command, ...names], values: { help, ...options } } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, root: text, model: text, detector: text, normalization: text, align: text }
    })
    if (help || command === 'help') return 'help'
    return command === undefined ? 'A command is needed.' : { command, names, options }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
