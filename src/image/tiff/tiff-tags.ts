/** Numbers of the tags that are read (TIFF 6.0, and its supplements). */
export const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripLengths: 279,
  planar: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileLengths: 325,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  /** Options of CCITT compression. */
  t4Options: 292,
  t6Options: 293,
  yCbCrCoefficients: 529,
  yCbCrSubsampling: 530,
  referenceBlackWhite: 532,
  iccProfile: 34675
} as const

/** Bytes of a value by its type (TIFF 6.0 §2, and BigTIFF's 16 to 18). Rationals are two integers of 4 bytes. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8 }

/** Most entries of a directory that are read; cameras write some dozens. */
const MOST_TAGS = 1000

/** The values of one tag: where they lie, of which type they are, and how many they are. */
interface Entry {
  readonly type: number
  readonly count: number
  readonly at: number
  /** The entry itself. */
  readonly entry: Uint8Array
}

/** The first directory of a TIFF. */
export interface TiffTags {
  readonly isLittleEndian: boolean
  /** Whether it is a BigTIFF, whose entries have 20 bytes instead of 12 and whose offsets have 8 instead of 4. */
  readonly isBig: boolean
  /** Returns the entry of a tag as it stands in the directory: number, type, count, and its values or their offset. */
  readonly entry: (tag: number) => Uint8Array | undefined
  /** Returns the first values of a tag as numbers, at most `most`; none when the file lacks it. Rationals are divided. */
  readonly numbers: (tag: number, most: number) => number[]
  /** Returns the bytes of a tag; undefined when the file lacks it. */
  readonly bytes: (tag: number) => Uint8Array | undefined
}

/** Whether `bytes` start with the signature of a TIFF, classic or big. */
export function isTiff (bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes
  const isVersion = (low: number | undefined, high: number | undefined): boolean => (low === 42 || low === 43) && high === 0
  if (first !== second || bytes.length < 8) return false
  return (first === 0x49 && isVersion(third, fourth)) || (first === 0x4d && isVersion(fourth, third))
}

/**
 * Reads the tags of the first directory. Values that lie beyond the end of the file are left out. Undefined when `bytes` are no TIFF, or its
 * directory lies beyond the end.
 */
export function readTags (bytes: Uint8Array): TiffTags | undefined {
  if (!isTiff(bytes)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittleEndian = bytes[0] === 0x49
  const isBig = view.getUint16(2, isLittleEndian) === 43
  const long = (at: number): number => Number(view.getBigUint64(at, isLittleEndian))
  const fits = (at: number, length: number): boolean => at + length <= bytes.length
  if (isBig && !fits(0, 16)) return undefined
  const directory = isBig ? long(8) : view.getUint32(4, isLittleEndian)
  const [countSize, entrySize, valueSize] = isBig ? [8, 20, 8] : [2, 12, 4]
  if (!fits(directory, countSize)) return undefined
  const count = isBig ? long(directory) : view.getUint16(directory, isLittleEndian)

  const entries = new Map<number, Entry>()
  for (let i = 0; i < Math.min(count, MOST_TAGS); i++) {
    const at = directory + countSize + i * entrySize
    if (!fits(at, entrySize)) break
    const type = view.getUint16(at + 2, isLittleEndian)
    const values = isBig ? long(at + 4) : view.getUint32(at + 4, isLittleEndian)
    const length = values * (SIZES[type] ?? Infinity)
    const value = at + entrySize - valueSize
    const start = length <= valueSize ? value : isBig ? long(value) : view.getUint32(value, isLittleEndian)
    const tag = view.getUint16(at, isLittleEndian)
    // libtiff takes the first of two equal tags.
    if (fits(start, length) && !entries.has(tag)) entries.set(tag, { type, count: values, at: start, entry: bytes.subarray(at, at + entrySize) })
  }

  function valueOf (type: number, at: number): number {
    switch (type) {
      case 3: return view.getUint16(at, isLittleEndian)
      case 4: case 13: return view.getUint32(at, isLittleEndian)
      case 5: return view.getUint32(at, isLittleEndian) / view.getUint32(at + 4, isLittleEndian)
      case 6: return view.getInt8(at)
      case 8: return view.getInt16(at, isLittleEndian)
      case 9: return view.getInt32(at, isLittleEndian)
      case 10: return view.getInt32(at, isLittleEndian) / view.getInt32(at + 4, isLittleEndian)
      case 11: return view.getFloat32(at, isLittleEndian)
      case 12: return view.getFloat64(at, isLittleEndian)
      case 16: case 17: case 18: return long(at)
      default: return view.getUint8(at)
    }
  }

  return {
    isLittleEndian,
    isBig,
    entry: (tag) => entries.get(tag)?.entry,
    numbers (tag, most) {
      const entry = entries.get(tag)
      return entry ? Array.from({ length: Math.min(entry.count, most) }, (_, i) => valueOf(entry.type, entry.at + i * SIZES[entry.type]!)) : []
    },
    bytes (tag) {
      const entry = entries.get(tag)
      return entry && bytes.subarray(entry.at, entry.at + entry.count * SIZES[entry.type]!)
    }
  }
}
