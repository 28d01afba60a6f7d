import { mean, deviation } from '../../math/numpy.ts'
import type { Normalization } from '../../names.ts'

const { fround } = Math

/**
 * Means of the channels B, G and R that DeepFace subtracts: those of the sets that VGGFace and VGGFace2 were trained with
 * (`preprocessing.py`, 0.0.100).
 */
const MEANS = { VGGFace: [93.5940, 104.7624, 129.1863], VGGFace2: [91.4953, 103.8827, 131.0912] } as const

/**
 * Applies DeepFace's `normalization` to one face, in place: `values` are float32, 0..1, three channels a pixel, blue first. `base`
 * leaves them as they are; the others scale them to 0..255 first. Every step rounds to float32, as NumPy does.
 */
export function normalize (values: Float32Array, normalization: Normalization): void {
  if (normalization === 'base') return
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * 255
  switch (normalization) {
    case 'raw': return
    case 'Facenet': return standardize(values)
    case 'Facenet2018': return each(values, (v) => fround(v / 127.5) - 1)
    case 'ArcFace': return each(values, (v) => fround(v - 127.5) / 128)
    case 'VGGFace':
    case 'VGGFace2': {
      const means = MEANS[normalization].map(fround)
      return each(values, (v, i) => v - means[i % 3]!)
    }
  }
}

/** (v − mean) / standard deviation, over the whole face with its black padding. */
function standardize (values: Float32Array): void {
  const average = mean(values)
  const spread = deviation(values)
  each(values, (v) => fround(v - average) / spread)
}

function each (values: Float32Array, change: (value: number, i: number) => number): void {
  for (let i = 0; i < values.length; i++) values[i] = change(values[i]!, i)
}
