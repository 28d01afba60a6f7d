import { TAG, type TiffTags } from './tiff-tags.ts'

/** Values of tags that replace those of a file; undefined removes a tag. */
export type TagChanges = Readonly<Partial<Record<number, readonly number[]>>>

/** The tags that tell how pixels are stored. libtiff refuses many a file for a wrong value of one that does not, such as ResolutionUnit 0. */
const KEPT: readonly number[] = Object.values(TAG).sort((a, b) => a - b)

/** Tags whose value 0 means nothing, yet makes libtiff refuse the file; without them their defaults hold. */
const NEVER_ZERO: ReadonlySet<number> = new Set([
  TAG.compression, TAG.fillOrder, TAG.orientation, TAG.samples, TAG.rowsPerStrip, TAG.planar, TAG.predictor, TAG.inkSet, TAG.sampleFormat
])

/**
 * Returns a TIFF with the pixels of `bytes` and a new directory, which has only the tags of its first one that tell how pixels are stored,
 * with `changes`. Values that stay are not copied: the old directory remains in the file, and the new one points where it pointed.
 */
export function plainTiff (bytes: Uint8Array, tags: TiffTags, changes: TagChanges): Uint8Array {
  const { isLittleEndian, isBig } = tags
  const [header, countSize, entrySize, valueSize] = isBig ? [16, 8, 20, 8] : [8, 2, 12, 4]
  const listed = KEPT.flatMap((tag) => {
    const entry = tag in changes ? changes[tag] : keptEntry(tags, tag)
    return entry ? [{ tag, entry }] : []
  })
  const changed = listed.reduce((sum, { entry }) => sum + (entry instanceof Uint8Array ? 0 : entry.length), 0)
  // Directories begin at even offsets.
  const directory = bytes.length + bytes.length % 2
  const out = new Uint8Array(directory + countSize + listed.length * entrySize + valueSize + changed * valueSize)
  out.set(bytes)
  const view = new DataView(out.buffer)
  const writeLong = (at: number, value: number): void =>
    isBig ? view.setBigUint64(at, BigInt(value), isLittleEndian) : view.setUint32(at, value, isLittleEndian)

  writeLong(header - valueSize, directory)
  if (isBig) writeLong(directory, listed.length)
  else view.setUint16(directory, listed.length, isLittleEndian)
  let values = directory + countSize + listed.length * entrySize + valueSize
  for (const [i, { tag, entry }] of listed.entries()) {
    const at = directory + countSize + i * entrySize
    if (entry instanceof Uint8Array) {
      out.set(entry, at)
      continue
    }
    view.setUint16(at, tag, isLittleEndian)
    // LONG8 or LONG.
    view.setUint16(at + 2, isBig ? 16 : 4, isLittleEndian)
    writeLong(at + 4, entry.length)
    const isInline = entry.length === 1
    if (!isInline) writeLong(at + entrySize - valueSize, values)
    for (const [j, value] of entry.entries()) writeLong(isInline ? at + entrySize - valueSize : values + j * valueSize, value)
    if (!isInline) values += entry.length * valueSize
  }
  return out
}

const keptEntry = (tags: TiffTags, tag: number): Uint8Array | undefined =>
  NEVER_ZERO.has(tag) && tags.numbers(tag, 1)[0] === 0 ? undefined : tags.entry(tag)
