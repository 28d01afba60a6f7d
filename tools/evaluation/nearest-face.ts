import type { Point } from '../../src/math/point.ts'
import type { Face } from '../../src/pipelines/contract.ts'

/**
 * The face closest to the centre: photos of Labeled Faces in the Wild are cropped around the person they are named after. In one photo of
 * forty the largest face is somebody else's, which would turn pairs of two people into pairs of one.
 */
export function nearestFace<Found extends Face> (faces: readonly Found[], [x, y]: Point): Found {
  const distance = ({ box }: Face): number => Math.hypot(box.x + box.w / 2 - x, box.y + box.h / 2 - y)
  return faces.reduce((best, face) => distance(face) < distance(best) ? face : best)
}
