import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Landmarks } from '../../math/point.ts'
import { output, type Output, type Session } from '../../onnx/session.ts'
import type { ModelFiles } from '../family.ts'
import type { Candidate } from './candidates.ts'
import { bands, type Level, levelOf, STRIDE } from './level.ts'

/**
 * MTCNN's three open networks: PNet classifies every window of the picture, RNet and ONet the candidates that it finds. See
 * `src/converter/networks/mtcnn-nets.ts`.
 */
export interface Nets {
  readonly pnet: Session
  readonly rnet: Session
  readonly onet: Session
}

export const openNets = async (files: ModelFiles): Promise<Nets> =>
  ({ pnet: await files.session(), rnet: await files.session('rnet'), onet: await files.session('onet') })

/** A face with its points. */
export interface Found extends Candidate {
  readonly points: Landmarks
}

/** Candidates of one run. More take more memory and are not faster. */
const AT_ONCE = 256

/** PNet's result for a window: its position in strides, the probability of a face, and the shift of its corners in sides of the window. */
export interface Cell {
  readonly column: number
  readonly row: number
  readonly score: number
  readonly regression: readonly [number, number, number, number]
}

/**
 * Runs PNet on the canvas resized to `size`, which must not be below `WINDOW`. Returns all windows whose score `passes`, row by row.
 * `pixels` computes the network's input for a part of that size.
 */
export async function propose (
  pnet: Session,
  canvas: Canvas,
  size: readonly [width: number, height: number],
  pixels: (level: Level) => Float32Array,
  passes: (score: number) => boolean
): Promise<Cell[]> {
  const level = levelOf(canvas, ...size)
  const found: Cell[] = []
  for (const band of bands(level)) {
    const { x, y } = band
    const outputs = await pnet.run(pixels(band), [1, y.end - y.start, x.end - x.start, 3])
    const { data: scores, dims } = output(outputs, 'probability')
    const { data: regression } = output(outputs, 'regression')
    const columns = dims[3]!
    const cells = columns * dims[2]!
    for (let i = 0; i < cells; i++) {
      const score = scores[cells + i]!
      if (!passes(score)) continue
      found.push({
        column: x.start / STRIDE + i % columns,
        row: y.start / STRIDE + Math.floor(i / columns),
        score,
        regression: [regression[i]!, regression[cells + i]!, regression[2 * cells + i]!, regression[3 * cells + i]!]
      })
    }
  }
  return found
}

/** RNet's or ONet's result for a candidate. */
export interface Classified {
  readonly score: number
  readonly regression: Float32Array
  /** ONet only: x of five points, then y, in sides of the candidate. */
  readonly landmarks: Float32Array | undefined
}

/** Runs candidates through RNet or ONet. `pixels` returns float32 [n, size, size, 3] for some of them. */
export async function classify<C> (
  net: Session,
  candidates: readonly C[],
  size: number,
  pixels: (candidates: readonly C[]) => Float32Array
): Promise<Classified[]> {
  const verdicts: Classified[] = []
  for (let i = 0; i < candidates.length; i += AT_ONCE) {
    const some = candidates.slice(i, i + AT_ONCE)
    const outputs = await net.run(pixels(some), [some.length, size, size, 3])
    const scores = output(outputs, 'probability')
    const regression = output(outputs, 'regression')
    const landmarks = outputs.get('landmarks')
    for (const k of some.keys()) {
      verdicts.push({ score: scores.data[2 * k + 1]!, regression: row(regression, k), landmarks: landmarks && row(landmarks, k) })
    }
  }
  return verdicts
}

const row = ({ dims, data }: Output, i: number): Float32Array => data.subarray(i * dims[1]!, (i + 1) * dims[1]!)
