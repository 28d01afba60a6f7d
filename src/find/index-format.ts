import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { yieldToLoop } from '../system/async.ts'
import type { IndexKey } from './index-key.ts'
import type { Photo } from './photo.ts'

/**
 * The index file, version 1. All numbers are little-endian.
 *
 *     8 bytes   "VISAGEIX"
 *     4         version, uint32
 *     4         bytes of the header, uint32
 *               the header, JSON: { key, length, rows, photos, text }; `text` = bytes of the next part
 *               `photos` lines of JSON, one photo each: [path, size, mtimeMs, ctimeMs, hash, [[x, y, w, h, age?], …], problem?]
 *               rows × length float32: the embeddings, in the order of photos and faces
 *     32        SHA-256 of everything before
 *
 * It is data only, and nothing in it is ever executed: unlike DeepFace's pickle, it may come from an untrusted source.
 */
const MAGIC = Buffer.from('VISAGEIX')
const VERSION = 1
const FIXED = MAGIC.length + 8
const CHECKSUM = 32

/** Bytes read or written at a time. */
const CHUNK = 1 << 20

interface Header {
  readonly key: string
  readonly length: number
  readonly rows: number
  readonly photos: number
  readonly text: number
}

/** The file is not a usable index. The message says why, as part of a sentence for the log and the response. */
export class UnusableIndex extends Error {}

/** Yields the index file in chunks; `photos` must not change meanwhile. `length`: values of an embedding. */
export async function * encode (key: IndexKey, length: number, photos: readonly Photo[]): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  const sign = (bytes: Uint8Array): Uint8Array => {
    hash.update(bytes)
    return bytes
  }
  let text = 0
  let rows = 0
  for (const [i, photo] of photos.entries()) {
    text += Buffer.byteLength(line(photo))
    rows += photo.faces.length
    await yieldToLoop(i)
  }
  const header = Buffer.from(JSON.stringify({ key: JSON.stringify(key), length, rows, photos: photos.length, text } satisfies Header))
  const fixed = Buffer.alloc(FIXED)
  MAGIC.copy(fixed)
  fixed.writeUInt32LE(VERSION, MAGIC.length)
  fixed.writeUInt32LE(header.length, MAGIC.length + 4)
  yield sign(Buffer.concat([fixed, header]))
  yield * gather(photos, (photo) => Buffer.from(line(photo)), sign)
  yield * gather(photos, ({ vectors }) => new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength), sign)
  yield hash.digest()
}

const line = ({ path, size, mtimeMs, ctimeMs, hash, faces, problem }: Photo): string =>
  `${JSON.stringify([path, size, mtimeMs, ctimeMs, hash, faces.map(({ box: { x, y, w, h }, age }) => [x, y, w, h, ...(age === undefined ? [] : [age])]), ...(problem === undefined ? [] : [problem])])}\n`

/** Joins the pieces of all photos to chunks. */
async function * gather (
  photos: readonly Photo[], piece: (photo: Photo) => Uint8Array, sign: (bytes: Uint8Array) => Uint8Array
): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = []
  let size = 0
  for (const [i, photo] of photos.entries()) {
    const bytes = piece(photo)
    pieces.push(bytes)
    size += bytes.length
    if (size >= CHUNK) {
      yield sign(Buffer.concat(pieces))
      pieces = []
      size = 0
    }
    await yieldToLoop(i)
  }
  if (size > 0) yield sign(Buffer.concat(pieces))
}

/**
 * Reads an index file. Its content is used only after the checksum has matched, and no more memory is allocated than the size of the file
 * accounts for.
 * @throws {UnusableIndex} when it is damaged, truncated, of another version or of another key.
 * @throws the system's error when it cannot be read.
 */
export async function decode (file: string, key: IndexKey): Promise<{ length: number, photos: Photo[] }> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const hash = createHash('sha256')
    /** Fills `into` from the current position, and adds the bytes to the checksum. */
    const fill = async (into: Uint8Array): Promise<Uint8Array> => {
      for (let at = 0; at < into.length;) {
        const { bytesRead } = await handle.read(into, at, Math.min(CHUNK, into.length - at))
        if (bytesRead === 0) throw new UnusableIndex('it is cut off')
        hash.update(into.subarray(at, at + bytesRead))
        at += bytesRead
      }
      return into
    }

    if (size < FIXED + CHECKSUM) throw new UnusableIndex('it is cut off')
    const fixed = Buffer.from(await fill(Buffer.alloc(FIXED)))
    if (!fixed.subarray(0, MAGIC.length).equals(MAGIC)) throw new UnusableIndex('it is no index of ours')
    const version = fixed.readUInt32LE(MAGIC.length)
    if (version !== VERSION) throw new UnusableIndex(`it has version ${version}, this service writes ${VERSION}`)
    const headerBytes = fixed.readUInt32LE(MAGIC.length + 4)
    if (headerBytes > size) throw new UnusableIndex('it is cut off')
    const header = parseHeader(await fill(Buffer.alloc(headerBytes)))
    const { length, rows, text } = header
    if (FIXED + headerBytes + text + rows * length * 4 + CHECKSUM !== size) throw new UnusableIndex('its size is not what its header says')

    const lines = await fill(Buffer.alloc(text))
    const memory = new Uint8Array(new SharedArrayBuffer(rows * length * 4))
    await fill(memory)
    const expected = hash.digest()
    const checksum = await handle.read(Buffer.alloc(CHECKSUM), 0, CHECKSUM)
    if (!expected.equals(checksum.buffer)) throw new UnusableIndex('its checksum is wrong')
    if (header.key !== JSON.stringify(key)) throw new UnusableIndex('it belongs to other models or settings')
    const photos = await photosOf(Buffer.from(lines.buffer, lines.byteOffset, lines.length), new Float32Array(memory.buffer), length)
    if (photos.reduce((sum, { faces }) => sum + faces.length, 0) !== rows) throw new UnusableIndex('it lists other faces than it holds')
    return { length, photos }
  } finally {
    await handle.close()
  }
}

function parseHeader (bytes: Uint8Array): Header {
  let header: Partial<Header> | null
  try {
    header = JSON.parse(Buffer.from(bytes).toString())
  } catch (error) {
    throw new UnusableIndex('its header cannot be read', { cause: error })
  }
  const sizes = [header?.length, header?.rows, header?.text]
  if (!sizes.every((size) => Number.isSafeInteger(size) && size! >= 0)) throw new UnusableIndex('its header cannot be read')
  return header as Header
}

type FaceLine = [x: number, y: number, w: number, h: number, age?: number]
type PhotoLine = [path: string, size: number, mtimeMs: number, ctimeMs: number, hash: string, faces: FaceLine[], problem?: string]

/** Parses a line and checks its shape: the checksum proves that it is unchanged, not that this service wrote it. */
function parseLine (text: string): PhotoLine {
  try {
    const parsed = JSON.parse(text) as PhotoLine
    const isWhole = ({ 5: faces }: PhotoLine): boolean =>
      Array.isArray(faces) && faces.every((face) => Array.isArray(face) && (face.length === 4 || face.length === 5) && face.every(Number.isFinite))
    if (isWhole(parsed) && typeof parsed[0] === 'string' && typeof parsed[4] === 'string') return parsed
  } catch (error) {
    throw new UnusableIndex('a line of it cannot be read', { cause: error })
  }
  throw new UnusableIndex('a line of it cannot be read')
}

/** Returns the photos that the lines describe; their vectors are views into `vectors`. */
async function photosOf (lines: Buffer, vectors: Float32Array, length: number): Promise<Photo[]> {
  const photos: Photo[] = []
  let row = 0
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(10, at)
    const [path, size, mtimeMs, ctimeMs, hash, faces, problem] = parseLine(lines.toString('utf8', at, end < 0 ? undefined : end))
    photos.push({
      path,
      size,
      mtimeMs,
      ctimeMs,
      hash,
      faces: faces.map(([x, y, w, h, age]) => ({ box: { x, y, w, h }, ...(age !== undefined && { age }) })),
      vectors: vectors.subarray(row * length, (row + faces.length) * length),
      ...(problem !== undefined && { problem })
    })
    row += faces.length
    at = end < 0 ? lines.length : end + 1
    await yieldToLoop(photos.length)
  }
  return photos
}
