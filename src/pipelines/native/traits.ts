import { engineFailed } from '../../errors.ts'
import type { Picture } from '../../image/picture.ts'
import { area, clip } from '../../math/box.ts'
import type { AntiSpoofing, Check, Detection, Liveness, Mesh, MeshModel, Square, Traits } from '../contract.ts'
import type { Trait } from '../../names.ts'
import { inBatches } from '../faces-at-once.ts'
import { expressionOf } from './mesh/expression.ts'
import { poseOf } from './mesh/pose.ts'
import { firstSquare, nextSquare } from './mesh/squares.ts'
import { qualityOf } from './quality/quality.ts'

/** Whether a mesh is needed to tell any of `include`. */
export const needsMesh = (include: readonly Trait[]): boolean => include.some((trait) => trait !== 'liveness')

/**
 * Returns what `include` asks for about each face but its liveness, in order. Crowds are processed a few faces at a time, so that a request that
 * is no longer wanted ends soon. `largest` holds the areas of the two largest faces of the picture, among them those that are not in `faces`.
 * @throws {FaceError} deepface_error when a point is not finite; what `check` throws.
 */
export async function traitsOf (
  picture: Picture,
  faces: readonly Detection[],
  model: MeshModel,
  include: readonly Trait[],
  largest: readonly number[],
  check: Check
): Promise<Traits[]> {
  return await inBatches(faces, check, async (batch) => {
    const meshes = await model.find(picture, batch.map(square))
    if (!meshes.every(({ points }) => points.every(Number.isFinite))) throw engineFailed(new Error('A mesh has points that are not finite.'))
    const coefficients = include.includes('expression') || include.includes('quality') ? await model.express!(meshes) : []
    const traits = meshes.map((mesh, i) => read(mesh, coefficients[i], include))
    if (include.includes('quality')) {
      for (const [i, mesh] of meshes.entries()) {
        const quality = await qualityOf(picture, mesh, coefficients[i]!, otherFace(batch[i]!, largest))
        traits[i] = { ...traits[i], quality }
      }
    }
    return traits
  })
}

/** The square in which the mesh of a face is searched. A mesh that was run for its landmarks, by a smaller network, says where it is best. */
const square = (face: Detection): Square => face.mesh ? nextSquare(face.mesh) : firstSquare(face)

/** Area of the largest other face of the picture, in areas of this one. */
function otherFace ({ box }: Detection, [first = 0, second = 0]: readonly number[]): number {
  const own = area(box)
  return (own < first ? first : second) / own
}

const read = (mesh: Mesh, coefficients: Float32Array | undefined, include: readonly Trait[]): Traits => ({
  ...(include.includes('mesh') && { mesh }),
  ...(include.includes('pose') && { pose: poseOf(mesh) }),
  ...(coefficients && include.includes('expression') && { expression: expressionOf(mesh, coefficients) })
})

/** Checks the liveness of each face in its own box, not expanded, and in the picture at full scale, as the networks were trained. */
export async function livenessOf (picture: Picture, faces: readonly Detection[], { checkLiveness }: AntiSpoofing, check: Check): Promise<Liveness[]> {
  const { width, height } = picture
  const image = await picture.whole()
  return await inBatches(faces, check, (batch) => checkLiveness(image, batch.map(({ box }) => clip(box, width, height))))
}
