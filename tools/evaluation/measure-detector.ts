import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { toCanvas } from '../../src/image/opencv/canvas.ts'
import { resizeUint8 } from '../../src/image/opencv/resize-uint8.ts'
import { fromImage, openPicture } from '../../src/image/picture.ts'
import type { Detector } from '../../src/pipelines/contract.ts'
import { added, compareBoxes, type Counts, NONE, precision, recall } from './detections.ts'

/** Limit of the pixels of a decoded photo. */
const MOST_PIXELS = 1e9

/** WIDER FACE's sets of faces that must be detected, by difficulty: each contains the one before. */
const SETS = ['easy', 'medium', 'hard'] as const

/** Ground truth of one photo in `gt.json`: boxes in pixels of the original photo. The sets list boxes by number, counted from 1. */
export type Truth = Readonly<Record<typeof SETS[number], readonly number[]>> & {
  readonly boxes_xywh: ReadonlyArray<readonly [number, number, number, number]>
  readonly orig_wh: readonly [number, number]
}

export interface DetectionResult {
  readonly recall: Readonly<Record<typeof SETS[number], number>>
  readonly precision: number
  /** Median milliseconds a photo, without decoding. */
  readonly ms: number
}

/** Reads the ground truth of each photo from `gt.json`. @throws {UsageError} when the file cannot be read. */
export async function readTruth (folder: string): Promise<ReadonlyMap<string, Truth>> {
  const text = await readFile(join(folder, 'gt.json'), 'utf8')
    .catch((cause: Error) => { throw new UsageError(`${folder} must hold gt.json and images/: ${cause.message}`, { cause }) })
  return new Map(Object.entries(JSON.parse(text) as Record<string, Truth>))
}

/** Runs one detector on every photo of `folder`, resized to a longest side of `side` pixels with its proportions kept. */
export async function measureDetector (
  { detect }: Detector,
  folder: string,
  truth: ReadonlyMap<string, Truth>,
  side: number
): Promise<DetectionResult> {
  const counts: Record<string, Counts> = { easy: NONE, medium: NONE, hard: NONE }
  const times: number[] = []
  for (const [name, { boxes_xywh: boxes, orig_wh: [width, height], ...sets }] of truth) {
    const scale = side / Math.max(width, height)
    const image = await (await openPicture(await readFile(join(folder, 'images', name)), MOST_PIXELS)).whole()
    const picture = fromImage(resizeUint8(toCanvas(image), Math.round(width * scale), Math.round(height * scale)))
    const start = performance.now()
    const found = await detect(picture)
    times.push(performance.now() - start)
    const faces = boxes.map(([x, y, w, h]) => ({ x: x * scale, y: y * scale, w: w * scale, h: h * scale }))
    const best = found.sort((p, q) => q.score - p.score).map(({ box }) => box)
    for (const set of SETS) counts[set] = added(counts[set]!, compareBoxes(best, faces, new Set(sets[set].map((i) => i - 1))))
  }
  return {
    recall: { easy: recall(counts['easy']!), medium: recall(counts['medium']!), hard: recall(counts['hard']!) },
    precision: precision(counts['hard']!),
    ms: times.sort((p, q) => p - q)[times.length >> 1] ?? NaN
  }
}
