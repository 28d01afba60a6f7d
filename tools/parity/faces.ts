import type { Image } from '../../src/image/image.ts'
import { toGrey } from '../../src/image/warp.ts'
import type { DetectedFace } from '../../src/pipelines/deepface/detection.ts'
import { sha256Hex } from '../../src/system/sha256.ts'
import type { Area, ExtractRecord, Pixels } from './records.ts'

/** Difference between the faces of one call and the recorded ones. */
export interface FacesDifference {
  /** True when the number and order of faces are the same and every box and eye lies within the tolerance. */
  readonly equal: boolean
  /** Largest difference of a box or an eye, in pixels; infinite when an eye or a face is missing or extra. */
  readonly box: number
  readonly confidence: number
  /** Mean absolute difference of the pixels of the worst crop, out of 255: 0 when all bytes are the same, else measured at 36 probes. */
  readonly crop: number
  /** Share of the probes of the worst crop that differ by more than 8 out of 255. */
  readonly off: number
}

const NOTHING: FacesDifference = { equal: true, box: 0, confidence: 0, crop: 0, off: 0 }

/** Compares the `found` faces of a call with its record. Boxes and eyes count as equal within `tolerance` pixels. */
export function compareFaces (
  found: readonly DetectedFace[],
  { faces = [], grayscale, color_face: colour }: ExtractRecord,
  tolerance: number
): FacesDifference {
  if (found.length !== faces.length) return { ...NOTHING, equal: false, box: Infinity }
  const channels = grayscale || colour === 'gray' ? 'gray' : colour ?? 'rgb'
  return faces.map(({ facial_area: area, confidence, crop }, i) => {
    const face = found[i]!
    const box = boxDifference(face, area)
    return { equal: box <= tolerance, box, confidence: Math.abs(face.confidence - confidence), ...pixelsDifference(face.crop, channels, crop, tolerance) }
  }).reduce(worse, NOTHING)
}

export const worse = (p: FacesDifference, q: FacesDifference): FacesDifference => ({
  equal: p.equal && q.equal,
  box: Math.max(p.box, q.box),
  confidence: Math.max(p.confidence, q.confidence),
  crop: Math.max(p.crop, q.crop),
  off: Math.max(p.off, q.off)
})

export function boxDifference ({ box, points }: Pick<DetectedFace, 'box' | 'points'>, area: Area): number {
  const { x, y, w, h, left_eye: left, right_eye: right } = area
  const eyes = [[points.leftEye, left ?? undefined], [points.rightEye, right ?? undefined]] as const
  return Math.max(
    ...[box.x - x, box.y - y, box.w - w, box.h - h].map(Math.abs),
    ...eyes.map(([found, recorded]) => {
      if (!found || !recorded) return found === recorded ? 0 : Infinity
      return Math.max(Math.abs(found[0] - recorded[0]), Math.abs(found[1] - recorded[1]))
    })
  )
}

/**
 * Compares a crop with the recorded one. A crop whose size differs by no more than `tolerance` is compared at the probes' positions in
 * the recorded one.
 */
export function pixelsDifference (
  crop: Image,
  channels: 'rgb' | 'bgr' | 'gray',
  { shape: [height, width], sha256, probe }: Pixels,
  tolerance: number
): { crop: number, off: number } {
  if (Math.abs(crop.height - height) > tolerance || Math.abs(crop.width - width) > tolerance) return { crop: 255, off: 1 }
  const data = inOrder(crop.data, channels)
  if (sha256Hex(data) === sha256) return { crop: 0, off: 0 }
  const depth = channels === 'gray' ? 1 : 3
  const differences = probe.flatMap((pixel, k) => {
    const y = Math.min(Math.floor((2 * Math.floor(k / 6) + 1) * height / 12), crop.height - 1)
    const x = Math.min(Math.floor((2 * (k % 6) + 1) * width / 12), crop.width - 1)
    const at = (y * crop.width + x) * depth
    return (typeof pixel === 'number' ? [pixel] : pixel).map((value, c) => Math.abs(value - data[at + c]!))
  })
  return { crop: mean(differences), off: mean(differences.map((difference) => Number(difference > 8))) }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function inOrder (rgb: Uint8Array, channels: 'rgb' | 'bgr' | 'gray'): Uint8Array {
  if (channels === 'gray') return toGrey(rgb)
  return channels === 'rgb' ? rgb : rgb.map((_, i) => rgb[i - i % 3 + 2 - i % 3]!)
}
