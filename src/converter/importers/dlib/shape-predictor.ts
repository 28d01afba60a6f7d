import { conversionError } from '../../conversion-error.ts'
import { type Cursor, cursorOver } from '../cursor.ts'
import { column, count, float, FLOAT_BYTES, integer, version } from './serial.ts'

/**
 * A cascade of regression trees that fits an average face to the pixels. Kazemi & Sullivan, "One Millisecond Face Alignment with an
 * Ensemble of Regression Trees", CVPR 2014. Coordinates are relative to the face's box: (0, 0) top left, (1, 1) bottom right.
 */
export interface ShapePredictor {
  /** Points of an average face: x, y, x, y, … */
  readonly initialShape: Float32Array
  readonly cascades: readonly Cascade[]
}

/** One step: samples pixels around the current points, and every tree moves all points a little. */
export interface Cascade {
  /** For each sampled pixel, the nearest point and the offset from it: x, y, x, y, … */
  readonly anchors: Uint32Array
  readonly deltas: Float32Array
  readonly trees: readonly Tree[]
}

/**
 * A full binary tree. Split `i` compares two pixels: if `first[i]` − `second[i]` > `thresholds[i]`, it continues at 2 i + 1, otherwise at
 * 2 i + 2; the leaves follow the splits.
 */
export interface Tree {
  readonly first: Uint32Array
  readonly second: Uint32Array
  readonly thresholds: Float32Array
  /** Offsets that each leaf adds to the points, leaf by leaf. */
  readonly leaves: Float32Array
}

/** Bytes of the shortest split: two indices and a float. */
const SPLIT_BYTES = 2 + 2 + FLOAT_BYTES
/** Bytes of the shortest whole number. */
const INTEGER_BYTES = 2

/**
 * Reads a `shape_predictor`, such as `shape_predictor_5_face_landmarks.dat` (dlib 20.0 `image_processing/shape_predictor.h`).
 * @throws {Error} ConversionError when the file is damaged, or its trees do not fit its points and pixels.
 */
export function readShapePredictor (bytes: Uint8Array): ShapePredictor {
  const cursor = cursorOver(bytes, 'The dlib file')
  version(cursor, 1, 'a shape predictor')
  const initialShape = column(cursor)
  const forests = list(cursor, 'cascades', () => list(cursor, 'trees', () => tree(cursor, initialShape.length)))
  const anchors = list(cursor, 'lists of anchors', () => Uint32Array.from(list(cursor, 'anchors', () => integer(cursor))))
  const deltas = list(cursor, 'lists of offsets', () => points(cursor))
  if (cursor.left() > 0) throw conversionError(`The dlib file has ${cursor.left()} bytes after the shape predictor.`)
  if (anchors.length !== forests.length || deltas.length !== forests.length) throw conversionError(`The dlib file contradicts itself: ${forests.length} cascades, ${anchors.length} and ${deltas.length} lists of their pixels.`)
  if (initialShape.length === 0 || initialShape.length % 2 !== 0) throw conversionError(`The dlib file contradicts itself: ${initialShape.length} numbers are no points.`)
  const cascades = forests.map((trees, i) => ({ trees, anchors: anchors[i]!, deltas: deltas[i]! }))
  for (const [i, cascade] of cascades.entries()) expectFit(cascade, i, initialShape.length / 2)
  return { initialShape, cascades }
}

/** Reads a `std::vector`: its length, then its elements. */
function list<T> (cursor: Cursor, what: string, read: () => T): T[] {
  const length = count(cursor, INTEGER_BYTES, what)
  const values: T[] = []
  while (values.length < length) values.push(read())
  return values
}

function tree (cursor: Cursor, shape: number): Tree {
  const splits = count(cursor, SPLIT_BYTES, 'splits of a tree')
  const [first, second, thresholds] = [new Uint32Array(splits), new Uint32Array(splits), new Float32Array(splits)]
  for (let i = 0; i < splits; i++) {
    first[i] = integer(cursor)
    second[i] = integer(cursor)
    thresholds[i] = float(cursor)
  }
  const leaves = count(cursor, FLOAT_BYTES * shape, 'leaves of a tree')
  // A full tree of k splits has k + 1 leaves, which is a power of two.
  if (leaves !== splits + 1 || (leaves & splits) !== 0) throw conversionError(`The dlib file contradicts itself: a tree of ${splits} splits and ${leaves} leaves.`)
  const values = new Float32Array(leaves * shape)
  for (let i = 0; i < leaves; i++) {
    const leaf = column(cursor)
    if (leaf.length !== shape) throw conversionError(`The dlib file contradicts itself: a leaf of ${leaf.length} numbers for ${shape}.`)
    values.set(leaf, i * shape)
  }
  return { first, second, thresholds, leaves: values }
}

/** Reads a `std::vector` of points, two floats each. */
function points (cursor: Cursor): Float32Array {
  const length = count(cursor, 2 * FLOAT_BYTES, 'offsets')
  const values = new Float32Array(2 * length)
  for (let i = 0; i < values.length; i++) values[i] = float(cursor)
  return values
}

/** Checks that every index is in range, so that the evaluation need not check again. */
function expectFit ({ anchors, deltas, trees }: Cascade, index: number, shapePoints: number): void {
  const pixels = anchors.length
  if (deltas.length !== 2 * pixels) throw conversionError(`The dlib file contradicts itself: ${pixels} anchors and ${deltas.length / 2} offsets in cascade ${index}.`)
  if (anchors.some((anchor) => anchor >= shapePoints)) throw conversionError(`The dlib file contradicts itself: an anchor of cascade ${index} is beyond its ${shapePoints} points.`)
  const beyond = (pixel: number): boolean => pixel >= pixels
  if (trees.some(({ first, second }) => first.some(beyond) || second.some(beyond))) throw conversionError(`The dlib file contradicts itself: a split of cascade ${index} is beyond its ${pixels} pixels.`)
}
