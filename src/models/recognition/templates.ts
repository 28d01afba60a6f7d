import type { Landmarks } from '../../math/point.ts'

/** Positions of the landmarks in a crop of 112 × 112 pixels: ArcFace (Deng et al., CVPR 2019, arXiv:1801.07698), insightface 0.7 `face_align.py`. */
export const ARCFACE: Landmarks = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]

/** Positions in dlib's face chips of 150 × 150 pixels with a padding of .25: dlib 20.0 `get_face_chip_details`, for five points. */
export const DLIB: Landmarks = [[46.3, 45.4], [100.7, 45.3], [72.7, 76.7], [51.1, 102.6], [96.8, 102.2]]

/** The template of ArcFace centred in a square of `side` pixels, with the face `zoom` times as large relative to the crop. */
export function centred (side: number, zoom: number): Landmarks {
  const centre = 111 / 2
  const place = (x: number): number => (x - centre) * zoom * side / 112 + (side - 1) / 2
  return ARCFACE.map(([x, y]) => [place(x), place(y)] as const) as unknown as Landmarks
}
