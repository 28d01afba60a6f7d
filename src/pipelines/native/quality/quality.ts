import type { Picture } from '../../../image/picture.ts'
import type { Mesh, Quality } from '../../contract.ts'
import { poseOf } from '../mesh/pose.ts'
import { componentsOf, frontalEyeDistance, measuresOf } from './components.ts'
import { facePixels } from './face-pixels.ts'
import { recognisabilityOf } from './recognisability.ts'

/** Measures the quality of a face by its mesh, its pixels and its coefficients of expression; `otherFace` is that of `Seen`. */
export async function qualityOf (picture: Picture, mesh: Mesh, coefficients: ArrayLike<number>, otherFace: number): Promise<Quality> {
  const pose = poseOf(mesh)
  const pixels = await facePixels(picture, mesh)
  return {
    components: componentsOf({ mesh, pose, pixels, coefficients, picture, otherFace }),
    recognisability: recognisabilityOf({
      yaw: pose.yaw,
      presence: mesh.presence,
      sharpness: pixels.sharpness,
      interEyeDistance: frontalEyeDistance(measuresOf(mesh), pose)
    })
  }
}
