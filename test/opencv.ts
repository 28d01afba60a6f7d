import { createRequire } from 'node:module'
import type { Image } from '../src/image/image.ts'

/** As much of OpenCV.js as the tests call; its own types name more than Node knows. */
export interface OpenCv {
  Mat: new () => Mat
  Size: new (width: number, height: number) => object
  Scalar: new (...values: number[]) => object
  CascadeClassifier: new () => {
    load: (path: string) => boolean
    detectMultiScale3: (
      image: Mat, rects: List<Rect>, levels: List<number>, weights: List<number>,
      scale: number, neighbours: number, flags: number, min: object, max: object, outputLevels: boolean
    ) => void
    delete: () => void
  }
  RectVector: new () => List<Rect>
  IntVector: new () => List<number>
  DoubleVector: new () => List<number>
  matFromArray: (rows: number, columns: number, type: number, data: ArrayLike<number>) => Mat
  resize: (from: Mat, to: Mat, size: object, fx: number, fy: number, interpolation: number) => void
  warpAffine: (from: Mat, to: Mat, matrix: Mat, size: object, flags: number, border: number, value: object) => void
  warpPerspective: (from: Mat, to: Mat, matrix: Mat, size: object, flags: number, border: number, value: object) => void
  getPerspectiveTransform: (from: Mat, to: Mat) => Mat
  cvtColor: (from: Mat, to: Mat, code: number) => void
  FS_createDataFile: (folder: string, name: string, data: Uint8Array, read: boolean, write: boolean, own: boolean) => void
  CV_8UC1: number
  CV_8UC3: number
  CV_64F: number
  CV_32F: number
  CV_32FC2: number
  INTER_LINEAR: number
  INTER_LINEAR_EXACT: number
  INTER_CUBIC: number
  BORDER_CONSTANT: number
  COLOR_RGB2GRAY: number
}

export interface Mat {
  readonly rows: number
  readonly cols: number
  readonly data: Uint8Array
  readonly data32F: Float32Array
  readonly data64F: Float64Array
  delete: () => void
}
export interface Rect { readonly x: number, readonly y: number, readonly width: number, readonly height: number }
export interface List<T> { size: () => number, get: (i: number) => T, delete: () => void }

let loading: Promise<OpenCv> | undefined

/** OpenCV's own code, compiled to WebAssembly: the reference for `src/opencv`. It takes about a second to start. */
export function openCv (): Promise<OpenCv> {
  // It registers handlers for what goes wrong in the process when it is loaded, hence only where a test asks.
  loading ??= Promise.resolve(createRequire(import.meta.url)('@techstark/opencv-js') as OpenCv | Promise<OpenCv>)
  return loading
}

/** Frees what `use` made with `own`. */
export function withMats<T> (use: (own: <M extends { delete: () => void }>(mat: M) => M) => T): T {
  const made: Array<{ delete: () => void }> = []
  try {
    return use((mat) => {
      made.push(mat)
      return mat
    })
  } finally {
    for (const mat of made) mat.delete()
  }
}

/** A picture of reproducible noise with soft shapes in it: a linear congruential generator, Numerical Recipes' constants. */
export function noise (width: number, height: number, seed: number): Image {
  let state = seed >>> 0
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const x = (i / 3 | 0) % width
    data[i] = state % 4 === 0 ? state >>> 24 : 128 + 100 * Math.sin(x / 9 + i / width / 31 + i % 3)
  }
  return { width, height, data }
}
