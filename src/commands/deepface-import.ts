import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Change, Collection, CollectionSettings, Collections } from '../collections/contract.ts'
import { subjectOf } from '../collections/deepface-database.ts'
import { problemWith } from '../collections/embedding.ts'
import { ID, PATTERNS } from '../collections/id-patterns.ts'
import { FaceError } from '../errors.ts'
import type { Box } from '../math/box.ts'
import { recogniserNamed } from '../models/catalogue.ts'
import { sha256OfBytes } from '../system/sha256.ts'
import { type IndexNames, type IndexRow, readIndex, settingsOf } from './deepface-index.ts'

export interface IndexOptions extends IndexNames {
  /** Folder of the database, as it stands in the paths of the photos. */
  readonly root?: string | undefined
}

/**
 * Limit of the file's size. Its numbers take three times as much memory while they are read: some 100,000 faces of 512 values, 14,000 of
 * 4096.
 */
const MAX_BYTES = 512 * 2 ** 20

/** Faces in one write. Each may come with its subject. */
const BATCH = 400

/**
 * Imports the faces of DeepFace's index `file` into a collection with the index's settings, which is created when it does not exist. Ids
 * derive from the paths, so a second run writes the same again. Rows that cannot be enrolled are reported to `onSkipped` and skipped.
 * @throws {FaceError} validation_error when the file is not such an index; conflict when the collection has other settings.
 */
export async function importIndex ({ collections, id, file, options: { root, ...names }, onSkipped }: {
  readonly collections: Collections
  readonly id: string
  readonly file: string
  readonly options: IndexOptions
  readonly onSkipped: (row: string) => void
}): Promise<{ subjects: number, faces: number, skipped: number }> {
  const name = basename(file)
  const settings = settingsOf(name, names)
  const rows = readIndex(await bytesOf(file), name)
  const collection = await collectionFor(collections, id, settings)
  const personOf = people(rows, root === undefined ? basename(dirname(resolve(file))) : partsOf(root))
  const subjects = new Set<string>()
  const onPhoto = new Map<string, number>()
  let [changes, faces, skipped]: [Change[], number, number] = [[], 0, 0]

  for (const [i, row] of rows.entries()) {
    const result = checked(row, collection)
    if ('problem' in result) {
      skipped++
      onSkipped(`row ${i}${row.identity === undefined ? '' : `, ${row.identity},`} ${result.problem}`)
      continue
    }
    const { identity, box, vector } = result
    const { person, path } = personOf(identity)
    const subject = await subjectOf(person)
    if (!subjects.has(subject)) changes.push({ kind: 'put-subject', when: 'any', id: subject, ...(subject !== person && { name: person }) })
    subjects.add(subject)
    const nth = onPhoto.get(path) ?? 0
    onPhoto.set(path, nth + 1)
    const face = `d-${(await sha256OfBytes(Buffer.from(JSON.stringify([path, nth])))).slice(0, 40)}`
    changes.push({ kind: 'put-face', face: { id: face, subject, embedding: vector, details: box ? { box } : {} } })
    faces++
    if (changes.length >= BATCH) {
      await collections.write(id, changes)
      changes = []
    }
  }
  if (changes.length > 0) await collections.write(id, changes)
  return { subjects: subjects.size, faces, skipped }
}

/** Returns a row with its vector, or the problem with it. */
function checked (row: IndexRow, { length, model }: Collection): { problem: string } | { identity: string, box: Box | undefined, vector: Float32Array } {
  if ('problem' in row) return row
  const vector = Float32Array.from(row.embedding)
  const problem = problemWith(vector, length, model)
  return problem === undefined ? { ...row, vector } : { problem: `has an embedding that ${problem}` }
}

async function bytesOf (file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) throw new FaceError('validation_error', `${file} has ${size} bytes; at most ${MAX_BYTES} are read. Write its rows as JSON lines, which have no limit, and import those.`)
    return await readFile(file)
  } catch (error) {
    throw error instanceof FaceError ? error : new FaceError('validation_error', `${file} cannot be read.`, { cause: error })
  }
}

async function collectionFor (collections: Collections, id: string, settings: CollectionSettings): Promise<Collection> {
  if (!new RegExp(ID).test(id)) throw new FaceError('validation_error', `The id of a collection ${PATTERNS[ID]}.`)
  const { length } = recogniserNamed(settings.model)
  const collection = await collections.collection(id) ?? (await collections.createCollection({ ...settings, id, length, storePhotos: false })).collection
  for (const setting of ['model', 'pipeline', 'detector', 'normalization', 'align'] as const) {
    if (settings[setting] !== collection[setting]) throw new FaceError('conflict', `The index was made with ${setting} ${settings[setting]}; ${id} has ${collection[setting]}. Import it into another collection.`)
  }
  return collection
}

/** Splits a path into folders and file; Windows paths too. */
const partsOf = (path: string): string[] => path.split(/[\\/]/).filter((part) => part !== '' && part !== '.')

/**
 * Returns a function that derives from a photo's path its person and its path within the database. The person is the first folder below
 * the database or, for a photo directly in it, the photo's name without extension. `root` holds the folders of the database or only its
 * name: then the database is the last folder of this name that all paths share, or else all the folders that they share.
 */
function people (rows: readonly IndexRow[], root: string | readonly string[]): (identity: string) => { person: string, path: string } {
  const paths = rows.flatMap(({ identity }) => identity === undefined ? [] : [partsOf(identity)])
  const shared = paths.map((parts) => parts.slice(0, -1)).reduce((all, folders) => all.slice(0, prefix(all, folders)), paths[0]?.slice(0, -1) ?? [])
  if (typeof root !== 'string' && prefix(root, shared) < root.length) throw new FaceError('validation_error', `Not all photos lie in ${root.join('/')}. Say --root as the paths of the index begin: they share ${shared.join('/')}.`)
  const depth = typeof root === 'string' ? shared.lastIndexOf(root) + 1 || shared.length : root.length
  return (identity) => {
    const below = partsOf(identity).slice(depth)
    const [first = identity] = below
    return { person: below.length > 1 ? first : first.replace(/(?<=.)\.[^.]+$/, ''), path: below.join('/') }
  }
}

/** Number of leading parts that both paths share. */
function prefix (a: readonly string[], b: readonly string[]): number {
  const other = a.findIndex((part, i) => part !== b[i])
  return other < 0 ? a.length : other
}
