import { conversionError } from '../../conversion-error.ts'
import { cursorOver } from '../cursor.ts'
import { column, count, float, FLOAT_BYTES, integer, version } from './serial.ts'

/** The Dalal & Triggs detector as trained by dlib: a sliding window of cells, scored by several linear filters. */
export interface HogDetector {
  /** Side of a cell in pixels. */
  readonly cell: number
  /** Number of cells around the window that filters cover as well. */
  readonly padding: number
  /** Size of the window in pixels. */
  readonly window: readonly [width: number, height: number]
  /** The pyramid ends before a picture smaller than `least`, or after `levels` levels. */
  readonly least: readonly [width: number, height: number]
  readonly levels: number
  /** Two detections count as one when their overlap exceeds either share: `hull` of their hull, or `covered` of the smaller one. */
  readonly overlap: { readonly hull: number, readonly covered: number }
  /** Number of weights of a filter. */
  readonly dimensions: number
  /** One array for each filter: its weights, value by value and within that row by row, followed by the score threshold. */
  readonly weights: readonly Float32Array[]
}

/**
 * Reads an `object_detector<scan_fhog_pyramid<…>>` (dlib 20.0 `image_processing/object_detector.h`, `scan_fhog_pyramid.h`).
 * @throws {Error} ConversionError when the data is damaged.
 */
export function readHogDetector (bytes: Uint8Array): HogDetector {
  const cursor = cursorOver(bytes, 'The dlib file')
  version(cursor, 2, 'an object detector')
  version(cursor, 1, 'a scanner')
  // The scanner's cached features of pictures: capacity and count. A stored detector has none.
  integer(cursor)
  const pictures = integer(cursor)
  if (pictures !== 0) throw conversionError(`The dlib file is damaged or newer: a detector with ${pictures} pictures.`)
  const [cell, padding, width, height, levels, leastWidth, leastHeight] = Array.from({ length: 7 }, () => integer(cursor)) as
    [number, number, number, number, number, number, number]
  // Strength of the regularisation in training.
  float(cursor)
  const dimensions = integer(cursor)
  const overlap = { hull: float(cursor), covered: float(cursor) }
  const weights = Array.from({ length: count(cursor, FLOAT_BYTES, 'filters') }, () => column(cursor))
  if (cursor.left() > 0) throw conversionError(`The dlib file has ${cursor.left()} bytes after the detector.`)
  if (weights.length === 0 || weights.some(({ length }) => length !== dimensions + 1)) throw conversionError(`The dlib file contradicts itself: filters of ${weights.map(({ length }) => length).join(', ')} numbers, where ${dimensions} and a threshold were announced.`)
  return { cell, padding, window: [width, height], least: [leastWidth, leastHeight], levels, overlap, dimensions, weights }
}
