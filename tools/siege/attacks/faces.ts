import sharp from 'sharp'
import type { Attack } from '../attack.ts'
import { crowd } from '../crowd.ts'
import { EXTRACT, FORM_TYPE, form, post, represent, times } from '../requests.ts'

/** Lets a picture be made once for all attacks that need it. */
function once <T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

/** Faces of 200 pixels: 400 of them, and as many as 49 megapixels hold. */
const people400 = once(() => crowd(20, 200))
const people1225 = once(() => crowd(35, 200))
const blank = once(() => sharp({ create: { width: 7000, height: 7000, channels: 3, background: '#807060' } }).png().toBuffer())

/** Detectors whose work grows with the picture, and the default one. */
const DETECTORS = ['opencv', 'mtcnn', 'fastmtcnn', 'retinaface'] as const
const PIPELINES = ['native', 'deepface'] as const

const onDetectors: readonly Attack[] = DETECTORS.flatMap((detector) => PIPELINES.flatMap((pipeline): Attack[] => [
  {
    name: `${detector}-${pipeline}-blank`,
    sends: `a blank PNG of 50 megapixels to ${detector}, ${pipeline}, two at once`,
    run: async (target) => {
      const picture = await blank()
      return await times(2, () => represent(target, picture, { detector_backend: detector, pipeline }))
    }
  },
  {
    name: `${detector}-${pipeline}-crowd`,
    sends: `49 megapixels with 1,225 faces to ${detector}, ${pipeline}`,
    run: async (target) => [await represent(target, await people1225(), { detector_backend: detector, pipeline, max_faces: '1' })]
  }
]))

/** Pictures that detectors, and what follows them, have much to do with. */
export const faces: readonly Attack[] = [
  ...onDetectors,
  {
    name: 'crowd-represent',
    sends: '400 faces to represent, two at once',
    run: async (target) => {
      const picture = await people400()
      return await times(2, () => represent(target, picture))
    }
  },
  {
    name: 'crowd-analyze',
    sends: '400 faces to analyze',
    run: async (target) => [await post(target, '/api/v1/analyze', FORM_TYPE, form(await people400()))]
  },
  {
    name: 'crowd-extract',
    sends: '400 faces to extract_faces with expand_percentage 100, four at once',
    run: async (target) => {
      const body = form(await people400(), { expand_percentage: '100' })
      return await times(4, () => post(target, EXTRACT, FORM_TYPE, body))
    }
  },
  {
    name: 'crowd-extract-large',
    sends: '1,225 faces to extract_faces with expand_percentage 100',
    run: async (target) => [await post(target, EXTRACT, FORM_TYPE, form(await people1225(), { expand_percentage: '100' }))]
  }
]
