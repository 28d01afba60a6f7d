import { type DecodingCost, NANOSECONDS, toMilliseconds } from './cost.ts'

/** Second bytes of the markers that matter here (ITU T.81 table B.1). */
const MARKER = { startOfScan: 0xda, endOfImage: 0xd9, stuffing: 0x00, firstRestart: 0xd0, lastRestart: 0xd7, temporary: 0x01, startOfImage: 0xd8 }

/** Start-of-frame markers whose frames are sent in scans that each cover a part of the information: progressive DCT, Huffman and arithmetic. */
const PROGRESSIVE = new Set([0xc2, 0xca])
/** All start-of-frame markers: C0 to CF without the tables DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Bytes of a coefficient in the memory of libjpeg-turbo, which keeps those of the whole picture when there are several scans. */
const COEFFICIENT = 2

interface Frame {
  readonly pixels: number
  readonly components: number
  /** Samples per pixel, of all components together: 3 for 4:4:4, 1.5 for 4:2:0. */
  readonly samples: number
  readonly isProgressive: boolean
}

/**
 * Cost of a JPEG. A progressive picture costs the decoder a visit of all its blocks for each of its scans, however few bytes these have.
 * Undefined when there is no frame, which no decoder reads.
 */
export function jpegCost (bytes: Uint8Array): DecodingCost | undefined {
  const { frame, scans } = readJpeg(bytes)
  if (!frame) return undefined
  const { pixel, byte, scan } = NANOSECONDS.jpeg
  const { pixels, samples } = frame
  return {
    milliseconds: toMilliseconds(pixels * pixel + bytes.length * byte + Math.max(0, scans - 1) * pixels * samples * scan),
    memory: scans > 1 ? pixels * samples * COEFFICIENT : 0,
    isUncertain: false
  }
}

/** Reads the markers of a JPEG: its first frame, and the number of scans that a decoder goes through. */
export function readJpeg (bytes: Uint8Array): { readonly frame: Frame | undefined, readonly scans: number } {
  let frame: Frame | undefined
  let scans = 0
  for (let at = nextMarker(bytes, 0); at !== undefined; at = nextMarker(bytes, at)) {
    const marker = bytes[at + 1]!
    if (marker === MARKER.endOfImage && scans > 0) break
    if (isStandalone(marker)) {
      at += 2
      continue
    }
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (isFrame(marker)) frame ??= readFrame(bytes.subarray(at + 4, at + 2 + length), PROGRESSIVE.has(marker))
    if (marker === MARKER.startOfScan) {
      scans++
      // libjpeg looks for no further scans when the first one has all components of a sequential frame.
      if (frame && !frame.isProgressive && bytes[at + 4] === frame.components) break
    }
    at += 2 + Math.max(2, length || 0)
  }
  return { frame, scans }
}

const isStandalone = (marker: number): boolean =>
  [MARKER.startOfImage, MARKER.endOfImage, MARKER.temporary].includes(marker) || (marker >= MARKER.firstRestart && marker <= MARKER.lastRestart)

/** Returns the position of the next marker at or after `from`; entropy-coded data, which have a zero after each byte 255, are passed over. */
function nextMarker (bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1]!
    if (next !== MARKER.stuffing && next !== 0xff) return at
    at += next === 0xff ? 1 : 2
  }
  return undefined
}

/** @param content of the segment: precision, height, width, number of components, and three bytes for each of these. */
function readFrame (content: Uint8Array, isProgressive: boolean): Frame | undefined {
  const [, heightHigh, heightLow, widthHigh, widthLow, components] = content
  if (components === undefined) return undefined
  const factors = Array.from({ length: components }, (_, i) => content[7 + 3 * i] ?? 0x11).map((factor) => [factor >> 4, factor & 15] as const)
  const across = Math.max(1, ...factors.map(([h]) => h))
  const down = Math.max(1, ...factors.map(([, v]) => v))
  const samples = factors.reduce((sum, [h, v]) => sum + h * v, 0) / (across * down)
  return { pixels: ((heightHigh! << 8) | heightLow!) * ((widthHigh! << 8) | widthLow!), components, samples, isProgressive }
}
