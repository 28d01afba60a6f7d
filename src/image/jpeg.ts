import { hasAllUnits, readHuffmanTables, type ScanComponent } from './jpeg-entropy.ts'

/** Second bytes of the markers that are looked at (ITU-T T.81, table B.1). */
const MARKER = { huffmanTables: 0xc4, endOfImage: 0xd9, startOfScan: 0xda, restartInterval: 0xdd, temporary: 0x01, firstRestart: 0xd0 }

/** Start-of-frame markers are C0 to CF without the tables DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
/** Baseline and extended sequential frames with Huffman coding, and progressive ones. */
const SEQUENTIAL: ReadonlySet<number> = new Set([0xc0, 0xc1])
const PROGRESSIVE = 0xc2

/** Coefficients of a block, and its width and height. */
const COEFFICIENTS = 64
const BLOCK = 8

/** Longest JPEG without its end that is looked through, which takes 0.4 s. */
const LONGEST = 2 ** 24

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** Whether the first frame of a JPEG has four components. */
export function isJpegCmyk (bytes: Uint8Array): boolean {
  for (const { marker, content } of segments(bytes)) {
    if (isFrame(marker)) return content[5] === 4
    if (marker === MARKER.startOfScan) return false
  }
  return false
}

/**
 * Returns a JPEG with an EOI marker at its end. Undefined when it has one, or when it lacks more than that: units of its last scan, when it
 * is sequential, a component, or bits of coefficients that progressive scans refine. Whether the last progressive scan is complete its
 * decoder knows, which warns when it is not.
 */
export function withEnd (bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > LONGEST) return undefined
  const missing = new Map<number, Set<number>>()
  const tables = new Map<number, Uint16Array>()
  let frame: Frame | undefined
  let restart = 0
  let isLastWhole = false
  for (const { marker, content, end } of segments(bytes)) {
    if (end > bytes.length || (marker === MARKER.endOfImage && missing.size > 0)) return undefined
    if (marker === MARKER.huffmanTables) readHuffmanTables(content, tables)
    if (marker === MARKER.restartInterval) restart = (content[0]! << 8) | content[1]!
    if (isFrame(marker)) {
      frame = readFrame(content, marker)
      for (const id of frame.components.keys()) missing.set(id, new Set(Array.from({ length: COEFFICIENTS }, (_, i) => i)))
    }
    if (marker === MARKER.startOfScan && frame) {
      takeOut(missing, content)
      isLastWhole = frame.marker === PROGRESSIVE || (SEQUENTIAL.has(frame.marker) && isWholeScan(bytes.subarray(end), frame, content, tables, restart))
    } else {
      isLastWhole = false
    }
  }
  if (!isLastWhole || [...missing.values()].some(({ size }) => size > 0)) return undefined
  const ended = new Uint8Array(bytes.length + 2)
  ended.set(bytes)
  ended.set([0xff, MARKER.endOfImage], bytes.length)
  return ended
}

interface Frame {
  readonly marker: number
  readonly width: number
  readonly height: number
  /** Sampling factors, across and down, by the identifier of a component. */
  readonly components: ReadonlyMap<number, readonly [across: number, down: number]>
}

/** @param content of the segment: precision, height, width, number of components, and identifier, factors and table of each of these. */
function readFrame (content: Uint8Array, marker: number): Frame {
  const [, heightHigh = 0, heightLow = 0, widthHigh = 0, widthLow = 0, count = 0] = content
  const components = Array.from({ length: count }, (_, i) => content.subarray(6 + 3 * i)).map(([id = -1, factors = 0x11]) =>
    [id, [Math.max(1, factors >> 4), Math.max(1, factors & 15)]] as const)
  return { marker, width: (widthHigh << 8) | widthLow, height: (heightHigh << 8) | heightLow, components: new Map(components) }
}

/** Takes the coefficients that a scan brings to their last bit out of those that are missing. */
function takeOut (missing: ReadonlyMap<number, Set<number>>, content: Uint8Array): void {
  const count = content[0] ?? 0
  const [first = 0, last = 0, approximation = 0] = content.subarray(1 + count * 2)
  if ((approximation & 15) !== 0) return
  for (let i = 0; i < count; i++) {
    const coefficients = missing.get(content[1 + i * 2] ?? -1)
    for (let k = first; k <= Math.min(last, COEFFICIENTS - 1); k++) coefficients?.delete(k)
  }
}

type Tables = ReadonlyMap<number, Uint16Array>

/**
 * Whether `data` hold all blocks of a sequential scan.
 * @param content of SOS: number of components; identifier and tables of each.
 */
function isWholeScan (data: Uint8Array, { width, height, components }: Frame, content: Uint8Array, tables: Tables, restart: number): boolean {
  const most = (axis: 0 | 1): number => Math.max(...[...components.values()].map((factors) => factors[axis]))
  const count = content[0] ?? 0
  // A scan of one component has its blocks row by row, as many as its pixels need (T.81 §A.2).
  const isSingle = count === 1
  const scanned: ScanComponent[] = []
  let units = Math.ceil(width / (BLOCK * most(0))) * Math.ceil(height / (BLOCK * most(1)))
  for (let i = 0; i < count; i++) {
    const factors = components.get(content[1 + i * 2] ?? -1)
    const [dc, ac] = [tables.get(content[2 + i * 2]! >> 4), tables.get(16 | (content[2 + i * 2]! & 15))]
    if (!factors || !dc || !ac) return false
    const [across, down] = factors
    if (isSingle) units = Math.ceil(Math.ceil(width * across / most(0)) / BLOCK) * Math.ceil(Math.ceil(height * down / most(1)) / BLOCK)
    scanned.push({ blocks: isSingle ? 1 : across * down, dc, ac })
  }
  return count > 0 && units > 0 && hasAllUnits(data, scanned, units, restart)
}

interface Segment {
  readonly marker: number
  /** The bytes after the length; empty where a marker has none. */
  readonly content: Uint8Array
  /** Where the segment ends, which may be beyond the file. */
  readonly end: number
}

/** Yields the segments of a JPEG in their order. Entropy-coded data, which have a zero after each byte 255, are passed over. */
function * segments (bytes: Uint8Array): Generator<Segment> {
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === 0 || marker === MARKER.temporary || (marker >= MARKER.firstRestart && marker <= MARKER.endOfImage)) {
      if (marker === MARKER.endOfImage) yield { marker, content: new Uint8Array(0), end: at + 2 }
      at += 2
      continue
    }
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const end = at + 2 + Math.max(2, length)
    yield { marker, content: bytes.subarray(at + 4, end), end }
    at = end
  }
}
