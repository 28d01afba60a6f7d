import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { FaceError, validationError } from '../errors.ts'
import { ID } from './id-patterns.ts'
import { base64Pieces } from '../system/base64-pieces.ts'
import { isOverbuilt } from '../system/json-structure.ts'
import type { Change, Collection, FaceDetails, Collections, Metadata, Page, Paged } from './contract.ts'
import { isOfDeepface } from './deepface-database.ts'
import { problemWith } from './embedding.ts'
import { LONGEST_IMAGE_NAME, LONGEST_NAME, metadataProblem, nameProblem } from './limits.ts'

/**
 * The text form of a collection, one JSON object a line: `{"collection": …}` first, then each `{"subject": …}` followed by its
 * `{"face": …}`s. Vectors are base64 of float32, little-endian, so that they are read back to the last bit; a list of numbers is accepted too.
 */
interface CollectionLine { collection: Omit<Collection, 'key'> }
interface SubjectLine { subject: { id: string, name?: string | null, metadata?: Metadata } }
interface FaceLine { face: { id: string, subject: string, embedding: string | number[], details?: FaceDetails, photo?: string } }

/** `FaceDetails`. They appear in responses as imported, hence the check. */
const Details = Type.Object({
  box: Type.Optional(Type.Object({ x: Type.Number(), y: Type.Number(), w: Type.Number(), h: Type.Number() }, { additionalProperties: false })),
  score: Type.Optional(Type.Number()),
  sharpness: Type.Optional(Type.Number()),
  photoHash: Type.Optional(Type.String({ maxLength: 64 })),
  age: Type.Optional(Type.Number({ minimum: 0, maximum: 200 })),
  yaw: Type.Optional(Type.Number({ minimum: -180, maximum: 180 }))
}, { additionalProperties: false })

/** Rows read at once, and changes written at once. */
const BATCH = 500

/** Bytes of photos and embeddings after which changes are written, though they are fewer: 500 faces with their photos may have 5 GB. */
const BATCH_BYTES = 8 * 2 ** 20

/**
 * Yields the lines of a collection as pieces of text, with photos where they are kept: a line with a photo comes in several pieces, any
 * other in one. Subjects that are created or deleted meanwhile may be included or not.
 */
export async function * exportText (collections: Collections, collection: Collection): AsyncGenerator<string> {
  const { key: _, ...shown } = collection
  yield line({ collection: shown } satisfies CollectionLine)
  for await (const { id, name, metadata } of each((page) => collections.subjects(collection.id, page))) {
    yield line({ subject: { id, name, metadata } } satisfies SubjectLine)
    try {
      for await (const { id: face, embedding, details, hasPhoto } of each((page) => collections.faces(collection.id, id, page))) {
        const text = line({ face: { id: face, subject: id, embedding: base64(embedding), details } } satisfies FaceLine)
        const photo = hasPhoto ? await collections.photo(collection.id, id, face) : undefined
        if (photo) yield * withPhoto(text, photo)
        else yield text
      }
    } catch (error) {
      // The subject was deleted after its line was written.
      if (!(error instanceof FaceError) || error.code !== 'not_found') throw error
    }
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`

/** The end of a face's line. */
const END = '}}\n'

/** Yields the line of a face with its photo added. */
function * withPhoto (text: string, photo: Uint8Array): Generator<string> {
  yield `${text.slice(0, -END.length)},"photo":"`
  yield * base64Pieces(photo)
  yield `"${END}`
}

/** Yields the items of all pages. */
async function * each<Item> (read: (page: Page) => Promise<Paged<Item>>): AsyncGenerator<Item> {
  for (let cursor: string | undefined, more = true; more;) {
    const { items, next } = await read({ limit: BATCH, cursor })
    yield * items
    cursor = next
    more = next !== undefined
  }
}

export interface Imported {
  readonly lines: number
  readonly subjects: number
  readonly faces: number
}

/**
 * Writes lines into a collection: subjects and faces with the same ids are replaced, others stay. The lines before a wrong one stay
 * written, a subject never without those of its faces that were read by then; the same lines may be sent again.
 * @throws {FaceError} validation_error naming a wrong line; conflict when the lines come from a collection with other settings.
 * @example
 * const { subjects, faces } = await importLines(collections, collection, linesOf(createReadStream(path), LONGEST_LINE))
 */
export async function importLines (collections: Collections, collection: Collection, lines: AsyncIterable<string>): Promise<Imported> {
  let changes: Change[] = []
  let [number, subjects, faces, bytes] = [0, 0, 0, 0]

  async function flush (): Promise<void> {
    if (changes.length > 0) await collections.write(collection.id, changes)
    changes = []
    bytes = 0
  }

  for await (const text of lines) {
    number++
    if (text.trim() === '') continue
    const change = changeOf(text, number, collection)
    if (!change) continue
    if (change.kind === 'put-subject') subjects++
    else faces++
    changes.push(change)
    if (change.kind === 'put-face') bytes += change.face.embedding.byteLength + (change.face.photo?.length ?? 0)
    if (changes.length >= BATCH || bytes >= BATCH_BYTES) await flush()
  }
  await flush()
  return { lines: number, subjects, faces }
}

type Put = Extract<Change, { kind: 'put-subject' | 'put-face' }>

/** Returns the change that a line stands for; undefined for the line of a collection. */
function changeOf (text: string, number: number, collection: Collection): Put | undefined {
  const wrong = (msg: string): FaceError => validationError([{ field: `line ${number}`, msg }])
  const value = parsed(text)
  if (!isObject(value)) throw wrong('must be a JSON object')
  if (isObject(value['collection'])) {
    checkSettings(value['collection'] as unknown as Collection, collection)
    return undefined
  }
  const { subject, face } = value as Partial<SubjectLine & FaceLine>
  if (isObject(subject)) {
    const { id, name = null, metadata = {} } = subject
    if (!isId(id) || !(name === null || typeof name === 'string') || !isObject(metadata)) throw wrong('must have a subject with an id, a name (a text or null) and metadata (an object)')
    const wrongName = name === null ? undefined : nameProblem(name, isOfDeepface(collection) ? LONGEST_IMAGE_NAME : LONGEST_NAME)
    if (wrongName !== undefined) throw wrong(`has a subject whose name ${wrongName}`)
    const problem = metadataProblem(metadata)
    if (problem !== undefined) throw wrong(`has a subject whose metadata ${problem}`)
    return { kind: 'put-subject', when: 'any', id, name, metadata }
  }
  if (isObject(face)) {
    const { id, subject, embedding, details = {}, photo } = face
    const isComplete = isId(id) && isId(subject) && Value.Check(Details, details) && (photo === undefined || typeof photo === 'string')
    if (!isComplete) throw wrong('must have a face with an id, a subject, an embedding and details as they were exported')
    const vector = vectorFrom(embedding)
    const problem = vector ? problemWith(vector, collection.length, collection.model) : 'must be base64 of float32, or a list of numbers'
    if (problem !== undefined || !vector) throw wrong(`has a face whose embedding ${problem}`)
    return { kind: 'put-face', face: { id, subject, embedding: vector, details, ...(photo !== undefined && { photo: Buffer.from(photo, 'base64') }) } }
  }
  throw wrong('must hold collection, subject or face')
}

/** @throws {FaceError} conflict when the settings differ: their vectors cannot be compared with those of the collection. */
function checkSettings (given: Partial<Collection>, collection: Collection): void {
  for (const setting of ['model', 'pipeline', 'detector', 'normalization', 'align'] as const) {
    if (given[setting] === collection[setting]) continue
    throw new FaceError('conflict', `The lines come from a collection with ${setting} ${JSON.stringify(given[setting])}; ${collection.id} has ${JSON.stringify(collection[setting])}. Import them into a collection with the same settings.`)
  }
}

function parsed (text: string): unknown {
  try {
    return isOverbuilt(text) ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isId = (value: unknown): value is string => typeof value === 'string' && new RegExp(ID).test(value)

const base64 = (values: Float32Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')

function vectorFrom (embedding: unknown): Float32Array | undefined {
  if (Array.isArray(embedding)) return embedding.every((value) => typeof value === 'number') ? Float32Array.from(embedding) : undefined
  if (typeof embedding !== 'string') return undefined
  const bytes = new Uint8Array(Buffer.from(embedding, 'base64'))
  return bytes.length % 4 === 0 ? new Float32Array(bytes.buffer) : undefined
}
