import { roundHalfEven } from '../../math/rounding.ts'
import { inside, taps } from './tap.ts'

/** Pixels of one channel, row by row. */
export interface Grey {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A part of a larger plane of pixels. Its first pixel is at (x, y); all pixels outside of it are 0. */
export interface Part extends Grey {
  readonly x: number
  readonly y: number
}

/** Unit of the weights: they are multiples of 1/256. */
const ONE = 256

/**
 * Resizes a plane of size `from`, black except for `part`, to the size `to`. OpenCV's `resize` with INTER_LINEAR_EXACT, bit for bit (4.11,
 * `imgproc/src/resize.cpp`, `resize_bitExact`): rows in 8.8, columns in 16.16 fixed point.
 */
export function resizeExact (part: Part, from: Size, to: Size): Part {
  const columns = axis(from.width, to.width, part.x, part.width)
  const rows = axis(from.height, to.height, part.y, part.height)
  const width = columns.at.length
  const height = rows.at.length
  const data = new Uint8Array(width * height)
  // Each source row is resized once: rows are needed in ascending order, two at a time.
  const kept = [{ y: -2, values: new Int32Array(width) }, { y: -2, values: new Int32Array(width) }] as [Kept, Kept]
  let turn = 0
  const row = (y: number): Int32Array => {
    const known = kept.find((one) => one.y === y)
    if (known) return known.values
    const made = kept[turn]!
    turn = 1 - turn
    made.y = y
    if (y < 0 || y >= part.height) made.values.fill(0)
    else resizeRow(part, y, columns, made.values)
    return made.values
  }
  for (let y = 0; y < height; y++) {
    const upper = row(rows.at[y]!)
    const lower = row(rows.at[y]! + 1)
    const below = rows.weights[y]!
    const above = ONE - below
    for (let x = 0, i = y * width; x < width; x++, i++) data[i] = (upper[x]! * above + lower[x]! * below + 32768) >> 16
  }
  return { x: columns.start, y: rows.start, width, height, data }
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** The target pixels of one axis that sample the part. */
interface Axis {
  /** Index of the first of them. */
  readonly start: number
  /** First source pixel of each, counted from the first pixel of the part. */
  readonly at: Int32Array
  /** Weight of the source pixel after that. */
  readonly weights: Int32Array
}

function axis (from: number, to: number, offset: number, size: number): Axis {
  const all = taps(from, to).map((tap) => inside(tap, from))
  const sees = all.map(({ first }) => first - offset >= -1 && first - offset < size)
  const start = Math.max(0, sees.indexOf(true))
  const seeing = all.slice(start, sees.lastIndexOf(true) + 1)
  return {
    start,
    at: Int32Array.from(seeing, ({ first }) => first - offset),
    weights: Int32Array.from(seeing, ({ fraction }) => roundHalfEven(fraction * ONE))
  }
}

function resizeRow ({ width, data }: Grey, y: number, { at, weights }: Axis, out: Int32Array): void {
  for (let x = 0; x < at.length; x++) {
    const first = at[x]!
    const a = first >= 0 ? data[y * width + first]! : 0
    const b = first + 1 < width ? data[y * width + first + 1]! : 0
    out[x] = a * (ONE - weights[x]!) + b * weights[x]!
  }
}

/** A resized row. */
interface Kept {
  /** Number of its source row. */
  y: number
  readonly values: Int32Array
}
