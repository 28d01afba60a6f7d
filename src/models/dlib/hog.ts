import type { Canvas } from '../../image/opencv/canvas.ts'
import { withBorder } from './dlib-border.ts'
import { gradientIndex, ORIENTATIONS, orientations } from './gradients.ts'

const { floor, fround, max, min, sqrt } = Math

/** Side of a cell, in pixels. */
export const CELL = 8
/** Values of a cell: 18 directions, 9 directions without sign, 4 of texture. */
export const VALUES = 31

/** Number of columns that dlib computes at once. */
const LANES = 8
const HALF = ORIENTATIONS / 2
/** dlib's constants, as float32: where values are clipped, factor of all values, term against division by 0, and weight of texture. */
const [CUT, SCALE, EPSILON, TEXTURE] = [fround(0.2), fround(0.1), fround(0.0001), fround(2 * 0.2357)]

/** The cells of a picture that have values, row by row, `VALUES` each; all others are 0. */
export interface Cells {
  /** Cells of the whole picture, without the outermost ones, which lack neighbours. */
  readonly columns: number
  readonly rows: number
  /** The range of cells that `values` holds. */
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/** Histograms of the cells from (`left`, `top`) on, `ORIENTATIONS` numbers each. */
interface Histograms {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/**
 * Histograms of oriented gradients: Felzenszwalb et al., "Object Detection with Discriminatively Trained Part Based Models", PAMI
 * 32(9), 2010, as dlib 20.0 computes them (`image_transforms/fhog.h`), in float32 as there. Undefined when the picture has fewer than
 * three cells in a row or a column.
 */
export function hog (canvas: Canvas): Cells | undefined {
  const [across, down] = [floor(canvas.width / CELL + 0.5), floor(canvas.height / CELL + 0.5)]
  const [columns, rows] = [across - 2, down - 2]
  if (columns <= 0 || rows <= 0) return undefined
  const histograms = collect(withBorder(canvas), across, down)
  const energies = energiesOf(histograms)
  const [left, top] = [max(1, histograms.left), max(1, histograms.top)]
  const width = max(0, min(across - 1, histograms.left + histograms.width) - left)
  const height = max(0, min(down - 1, histograms.top + histograms.height) - top)
  const values = new Float32Array(width * height * VALUES)
  const stride = histograms.width + 2
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += VALUES) {
      const column = left + x - histograms.left
      const row = top + y - histograms.top
      const from = (row * histograms.width + column) * ORIENTATIONS
      describe(histograms.values, from, energies, (row + 1) * stride + column + 1, stride, values, at)
    }
  }
  return { columns, rows, left: left - 1, top: top - 1, width, height, values }
}

/** Adds the length of each pixel's gradient to the four cells around it, weighted by distance. */
function collect ({ width, height, left, top, image }: Canvas, across: number, down: number): Histograms {
  const [visibleX, visibleY] = [min(across * CELL, width) - 1, min(down * CELL, height) - 1]
  const [x0, x1] = [max(1, left + 1), min(visibleX, left + image.width - 1)]
  const [y0, y1] = [max(1, top + 1), min(visibleY, top + image.height - 1)]
  const cellOf = (pixel: number): number => floor((pixel + 0.5) / CELL - 0.5)
  const [cellX, cellY] = [cellOf(x0), cellOf(y0)]
  const cells = { left: cellX, top: cellY, width: max(0, cellOf(x1 - 1) + 2 - cellX), height: max(0, cellOf(y1 - 1) + 2 - cellY) }
  const values = new Float32Array(cells.width * cells.height * ORIENTATIONS)
  /** Columns from here on are computed one by one; there the first, not the last, of equally strong colours counts. */
  const single = 1 + LANES * max(0, Math.ceil((visibleX - LANES) / LANES))
  const nearest = orientations()
  const { data } = image
  const stride = 3 * image.width
  const below = cells.width * ORIENTATIONS
  for (let y = y0; y < y1; y++) {
    const cy = cellOf(y)
    const vy0 = (y + 0.5) / CELL - 0.5 - cy
    const vy1 = 1 - vy0
    for (let x = x0, at = (y - top) * stride + 3 * (x0 - left); x < x1; x++, at += 3) {
      let gx = 0
      let gy = 0
      let squared = 0
      for (let k = at; k < at + 3; k++) {
        const dx = data[k + 3]! - data[k - 3]!
        const dy = data[k + stride]! - data[k - stride]!
        const length = dx * dx + dy * dy
        if (length < squared || (length === squared && x >= single)) continue
        gx = dx
        gy = dy
        squared = length
      }
      if (squared === 0) continue
      const cx = cellOf(x)
      const vx0 = (x + 0.5) / CELL - 0.5 - cx
      const length = fround(sqrt(squared))
      const bin = ((cy - cellY) * cells.width + cx - cellX) * ORIENTATIONS + nearest[gradientIndex(gx, gy)]!
      // Fractions of a cell are sixteenths: only a product with the length is rounded.
      const near = fround((1 - vx0) * length)
      const far = fround(vx0 * length)
      values[bin] = values[bin]! + fround(vy1 * near)
      values[bin + below] = values[bin + below]! + fround(vy0 * near)
      values[bin + ORIENTATIONS] = values[bin + ORIENTATIONS]! + fround(vy1 * far)
      values[bin + below + ORIENTATIONS] = values[bin + below + ORIENTATIONS]! + fround(vy0 * far)
    }
  }
  return { ...cells, values }
}

/** Energy of the gradients of each cell, opposite directions added; with an empty cell all around. */
function energiesOf ({ width, height, values }: Histograms): Float32Array {
  const energies = new Float32Array((width + 2) * (height + 2))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * ORIENTATIONS
      let sum = 0
      for (let o = from; o < from + HALF; o++) {
        const both = fround(values[o]! + values[o + HALF]!)
        sum = fround(sum + fround(both * both))
      }
      energies[(y + 1) * (width + 2) + x + 1] = sum
    }
  }
  return energies
}

// Scratch memory of `describe`: one number for each of the four squares of cells that a cell is part of.
/** Values are clipped to these. */
const limits = new Float32Array(4)
/** Factors of the clipped values. */
const scales = new Float32Array(4)
/** One value, clipped and scaled. */
const clipped = new Float32Array(4)
/** Sums of up to three of these. */
const sums = new Float32Array(4)
/** Sums of all of these. */
const texture = new Float32Array(4)

/**
 * Writes the values of a cell to `values[to…]`: its histogram, `histograms[from…]`, normalised by the energy of each square. `at` is the
 * index of the cell's energy, `stride` the length of a row of energies.
 */
function describe (
  histograms: Float32Array,
  from: number,
  energies: Float32Array,
  at: number,
  stride: number,
  values: Float32Array,
  to: number
): void {
  for (let i = 0; i < 4; i++) {
    // The square to the lower right, upper right, lower left, upper left; summed in dlib's order.
    const corner = at - (i & 2 ? 1 : 0) - (i & 1 ? stride : 0)
    const sum = fround(fround(fround(energies[corner]! + energies[corner + 1]!) + energies[corner + stride]!) + energies[corner + stride + 1]!)
    limits[i] = CUT * fround(sqrt(fround(sum + EPSILON)))
    scales[i] = SCALE / limits[i]!
  }
  texture.fill(0)
  for (let o = 0; o < ORIENTATIONS; o++) {
    values[to + o] = normalise(histograms[from + o]!)
    // dlib sums them in threes.
    for (let i = 0; i < 4; i++) sums[i] = o % 3 === 0 ? clipped[i]! : sums[i]! + clipped[i]!
    if (o % 3 === 2) for (let i = 0; i < 4; i++) texture[i] = texture[i]! + sums[i]!
  }
  for (let o = 0; o < HALF; o++) values[to + ORIENTATIONS + o] = normalise(fround(histograms[from + o]! + histograms[from + o + HALF]!))
  for (let i = 0; i < 4; i++) values[to + ORIENTATIONS + HALF + i] = texture[i]! * TEXTURE
}

/** Writes `value`, clipped and scaled by each square, to `clipped`. Returns the sum. */
function normalise (value: number): number {
  for (let i = 0; i < 4; i++) clipped[i] = min(value, limits[i]!) * scales[i]!
  return fround(fround(clipped[0]! + clipped[1]!) + fround(clipped[2]! + clipped[3]!))
}
