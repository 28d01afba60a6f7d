import type { Landmarks } from '../../math/point.ts'
import { ARCFACE } from '../../pipelines/native/templates.ts'

/** Positions in dlib's face chips of 150 × 150 pixels with a padding of .25: dlib 20.0 `get_face_chip_details`, for five points. */
export const DLIB: Landmarks = [[46.3, 45.4], [100.7, 45.3], [72.7, 76.7], [51.1, 102.6], [96.8, 102.2]]

/** The template of ArcFace centred in a square of `side` pixels, with the face `zoom` times as large relative to the crop. */
export function centred (side: number, zoom: number): Landmarks {
  const centre = 111 / 2
  const place = (x: number): number => (x - centre) * zoom * side / 112 + (side - 1) / 2
  return ARCFACE.map(([x, y]) => [place(x), place(y)] as const) as unknown as Landmarks
}
