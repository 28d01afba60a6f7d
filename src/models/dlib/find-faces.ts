import type { Canvas } from '../../image/opencv/canvas.ts'
import { output, type Session } from '../../onnx/session.ts'
import { resize } from './dlib-resize.ts'
import { CELL, hog, VALUES, type Cells } from './hog.ts'
import type { Rectangle } from './shape-predictor.ts'

/** dlib's `frontal_face_detector.h`: side of the window in cells, and least side of a picture of the pyramid in pixels. */
const [SIDE, LEAST] = [10, 64]
/** Cells of the window before the cell that it is named after, and cells by which the input extends beyond the picture's. */
const [BEFORE, BORDER] = [SIDE / 2, Math.floor((SIDE - 1) / 2)]
/** Two detections are one face when their intersection covers more than this share of their hull, or of one of them: from that file. */
const OVERLAP = { hull: 0.33008212188056446, covered: 0.7885714285714286 } as const

/** A face in pixels of the canvas; `score` is above 0 and has no upper bound, 1 is a clear face. */
export interface Found extends Rectangle {
  readonly score: number
}

/** Rounds half away from zero, as C's `lround`. */
const lround = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)
/** Applies `x` to the horizontal and `y` to the vertical edges. */
const mapEdges = ({ left, top, right, bottom }: Rectangle, x: (value: number) => number, y = x): Rectangle =>
  ({ left: x(left), top: y(top), right: x(right), bottom: y(bottom) })

/**
 * Runs dlib's frontal face detector on the canvas enlarged twofold (dlib 20.0, the Python module's `run(image, 1)`). Returns faces, best
 * first. `session` runs the graph of `src/converter/networks/dlib-hog.ts`.
 */
export async function findFaces (session: Session, canvas: Canvas): Promise<Found[]> {
  const { width, height } = canvas
  // `pyramid_down<2>` upwards: its centres are offset by 1.25 and 0.75 pixels.
  let picture = resize(canvas, lround((width - 1 + 1.25) * 2) + 1, lround((height - 1 + 0.75) * 2) + 1)
  const found: Found[] = []
  for (let [level, levels] = [0, levelsOf(picture)]; level < levels; level++) {
    // `pyramid_down<6>`
    if (level > 0) picture = resize(picture, Math.floor(5 * picture.width / 6), Math.floor(5 * picture.height / 6))
    const cells = hog(picture)
    if (cells && cells.width > 0 && cells.height > 0) found.push(...await detectLevel(session, cells, level))
  }
  const kept: Found[] = []
  for (const face of found.sort((p, q) => q.score - p.score)) if (!kept.some((other) => isSame(other, face))) kept.push(face)
  return kept.map((face) => ({ ...mapEdges(face, (x) => lround(x / 2 - 1.25), (y) => lround(y / 2 - 0.75)), score: face.score }))
}

/** Number of pictures in the pyramid, from the sizes that its corners take. */
function levelsOf ({ width, height }: Canvas): number {
  let [right, bottom, levels] = [width - 1, height - 1, 0]
  do {
    right = lround((right - 0.3) * (5 / 6))
    bottom = lround((bottom - 0.3) * (5 / 6))
    levels++
  } while (right + 1 >= LEAST && bottom + 1 >= LEAST)
  return levels
}

/** Runs the detector on all windows that touch a cell with values. Returns faces in pixels of the lowest picture of the pyramid. */
async function detectLevel (session: Session, { columns, rows, left, top, width, height, values }: Cells, level: number): Promise<Found[]> {
  // The range of cells after which these windows are named, counted from the first such cell.
  const [x0, y0] = [Math.max(0, left - BEFORE), Math.max(0, top - BEFORE)]
  const [x1, y1] = [Math.min(columns, left + width + BORDER), Math.min(rows, top + height + BORDER)]
  const [across, down] = [x1 - x0 + SIDE - 1, y1 - y0 + SIDE - 1]
  const input = new Float32Array(across * down * VALUES)
  for (let y = 0; y < height; y++) {
    const row = top + y + BORDER - y0
    const from = Math.max(0, x0 - BORDER - left)
    input.set(values.subarray((y * width + from) * VALUES, (y + 1) * width * VALUES), (row * across + left + from + BORDER - x0) * VALUES)
  }
  const { data, dims: [, filters = 0] } = output(await session.run(input, [1, down, across * VALUES, 1]), 'scores')
  const found: Found[] = []
  for (let at = 0; at < filters * (x1 - x0) * (y1 - y0); at++) {
    const score = data[at]!
    if (!(score >= 0)) continue
    const [c, r] = [x0 + at % (x1 - x0), y0 + Math.floor(at / (x1 - x0)) % (y1 - y0)]
    found.push({ ...mapEdges({ left: c, top: r, right: c + SIDE - 1, bottom: r + SIDE - 1 }, (cell) => lround(toLowest(toPixel(cell), level))), score })
  }
  return found
}

/** Pixel in the middle of a cell; cells are counted with the border. */
function toPixel (cell: number): number {
  const at = (cell + 1 - BORDER) * CELL + 1
  return at + (at < 0 ? -CELL / 2 : CELL / 2)
}

/** Maps a coordinate of a picture of the pyramid to the lowest one. */
function toLowest (value: number, level: number): number {
  for (let l = 0; l < level; l++) value = value * (6 / 5) + 0.3
  return value
}

/** `test_box_overlap` of dlib 20.0 `image_processing/box_overlap_testing.h`. */
function isSame (a: Rectangle, b: Rectangle): boolean {
  const area = ({ left, top, right, bottom }: Rectangle): number => left > right || top > bottom ? 0 : (right - left + 1) * (bottom - top + 1)
  const common = area({ left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) })
  if (common === 0) return false
  const hull = area({ left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) })
  return common / hull > OVERLAP.hull || common / area(a) > OVERLAP.covered || common / area(b) > OVERLAP.covered
}
