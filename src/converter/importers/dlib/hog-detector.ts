import { conversionError } from '../../conversion-error.ts'
import { cursorOver } from '../cursor.ts'
import { column, count, float, FLOAT_BYTES, integer, version } from './serial.ts'

/** Dalal & Triggs' detector as dlib trains it: windows of cells, each of which several linear filters score. */
export interface HogDetector {
  /** Pixels of a side of a cell. */
  readonly cell: number
  /** Cells around the window that are looked at besides. */
  readonly padding: number
  /** Pixels of the window. */
  readonly window: readonly [width: number, height: number]
  /** The pyramid ends before a picture smaller than this, or after so many. */
  readonly least: readonly [width: number, height: number]
  readonly levels: number
  /** Two finds are one where more of their hull, or of the smaller, is common to both. */
  readonly overlap: { readonly hull: number, readonly covered: number }
  /** Numbers of a filter. */
  readonly dimensions: number
  /** Of each filter its numbers, value by value and row by row, and last what a score must reach. */
  readonly weights: readonly Float32Array[]
}

/**
 * Reads an `object_detector<scan_fhog_pyramid<…>>` (dlib 20.0 `image_processing/object_detector.h`, `scan_fhog_pyramid.h`).
 * @throws {Error} ConversionError when the bytes are damaged.
 */
export function readHogDetector (bytes: Uint8Array): HogDetector {
  const cursor = cursorOver(bytes, 'The dlib file')
  version(cursor, 2, 'an object detector')
  version(cursor, 1, 'a scanner')
  // The features of a picture, of which none is kept: how many there is room for, and how many there are.
  integer(cursor)
  const pictures = integer(cursor)
  if (pictures !== 0) throw conversionError(`The dlib file is damaged or newer: a detector with ${pictures} pictures.`)
  const [cell, padding, width, height, levels, leastWidth, leastHeight] = Array.from({ length: 7 }, () => integer(cursor)) as [number, number, number, number, number, number, number]
  // How strongly training kept the filters simple.
  float(cursor)
  const dimensions = integer(cursor)
  const overlap = { hull: float(cursor), covered: float(cursor) }
  const weights = Array.from({ length: count(cursor, FLOAT_BYTES, 'filters') }, () => column(cursor))
  if (cursor.left() > 0) throw conversionError(`The dlib file has ${cursor.left()} bytes after the detector.`)
  if (weights.length === 0 || weights.some(({ length }) => length !== dimensions + 1)) throw conversionError(`The dlib file contradicts itself: filters of ${weights.map(({ length }) => length).join(', ')} numbers, where ${dimensions} and a threshold were announced.`)
  return { cell, padding, window: [width, height], least: [leastWidth, leastHeight], levels, overlap, dimensions, weights }
}
