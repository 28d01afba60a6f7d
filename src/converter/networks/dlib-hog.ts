import { conversionError } from '../conversion-error.ts'
import { createBuilder } from '../graph/builder.ts'
import type { Graph } from '../graph/graph.ts'
import { float32 } from '../graph/tensor.ts'
import type { HogDetector } from '../importers/dlib/hog-detector.ts'

/** Kind of detector that `src/models/dlib` supports; the detector of dlib 20.0 `frontal_face_detector.h` is of this kind. */
const KIND = {
  cell: 8, padding: 0, window: [80, 80], least: [64, 64], levels: 1000, overlap: { hull: 0.33008212188056446, covered: 0.7885714285714286 }
} as const
/** Values of a cell (dlib 20.0 `image_transforms/fhog.h`), and cells along a side of the window. */
const [VALUES, SIDE] = [31, 10]

/**
 * Builds the filters of dlib's face detector as one convolution: Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection",
 * CVPR 2005. dlib splits each filter into separable ones, which is the same except for rounding.
 *
 * Input `cells` float32 [n, 1, rows, 31 · columns], the values of each cell next to each other. Output `scores` float32 [n, filters, rows
 * − 9, columns − 9]: a score of 0 or more is a face in the window that starts there.
 * @throws {Error} ConversionError for a detector of another kind.
 */
export function dlibHog ({ dimensions, weights, ...kind }: HogDetector): Graph {
  if (JSON.stringify(kind) !== JSON.stringify(KIND) || dimensions !== VALUES * SIDE * SIDE) throw conversionError(`A detector like ${JSON.stringify(KIND)} was expected; this is ${JSON.stringify(kind)} of ${dimensions} values.`)
  const thresholds = weights.map((filter) => filter[dimensions]!)
  // Cells without any gradient are skipped by the detector; they score 0.
  if (!thresholds.every((threshold) => threshold > 0)) throw conversionError('The dlib file is damaged or newer: a filter that takes black for a face.')
  const kernels = new Float32Array(weights.length * dimensions)
  for (const [f, filter] of weights.entries()) {
    for (let i = 0; i < dimensions; i++) {
      const [value, place] = [Math.floor(i / (SIDE * SIDE)), i % (SIDE * SIDE)]
      kernels[f * dimensions + place * VALUES + value] = filter[i]!
    }
  }
  const builder = createBuilder()
  const scores = builder.conv('scores', builder.input('cells', ['n', 1, 'rows', 'columns']), float32(kernels, [weights.length, 1, SIDE, SIDE * VALUES]), {
    strides: [1, VALUES],
    bias: float32(Float32Array.from(thresholds, (threshold) => -threshold), [weights.length])
  })
  return builder.build('dlib_frontal_face_detector', { scores })
}
