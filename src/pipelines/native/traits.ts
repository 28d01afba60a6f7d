import { engineFailed } from '../../errors.ts'
import type { Picture } from '../../image/picture.ts'
import { clip } from '../../math/box.ts'
import type { AntiSpoofing, Check, Detection, Liveness, Mesh, MeshModel, Traits } from '../contract.ts'
import type { Trait } from '../../names.ts'
import { FACES_AT_ONCE } from '../faces-at-once.ts'
import { expressionOf } from './mesh/expression.ts'
import { poseOf } from './mesh/pose.ts'

/** Whether a mesh is needed to tell any of `include`. */
export const needsMesh = (include: readonly Trait[]): boolean => include.some((trait) => trait !== 'liveness')

/**
 * Returns what `include` asks for about each face but its liveness, in order. Crowds are processed a few faces at a time, so that a request that
 * is no longer wanted ends soon.
 * @throws {FaceError} deepface_error when a point is not finite; what `check` throws.
 */
export async function traitsOf (
  picture: Picture,
  faces: readonly Detection[],
  model: MeshModel,
  include: readonly Trait[],
  check: Check
): Promise<Traits[]> {
  return await inBatches(faces, check, async (batch) => {
    const meshes = await model.find(picture, batch)
    if (!meshes.every(({ points }) => points.every(Number.isFinite))) throw engineFailed(new Error('A mesh has points that are not finite.'))
    const coefficients = include.includes('expression') ? await model.express!(meshes) : []
    return meshes.map((mesh, i) => read(mesh, coefficients[i], include))
  })
}

const read = (mesh: Mesh, coefficients: Float32Array | undefined, include: readonly Trait[]): Traits => ({
  ...(include.includes('mesh') && { mesh }),
  ...(include.includes('pose') && { pose: poseOf(mesh) }),
  ...(coefficients && { expression: expressionOf(mesh, coefficients) })
})

/** Checks the liveness of each face in its own box, not expanded, and in the picture at full scale, as the networks were trained. */
export async function livenessOf (picture: Picture, faces: readonly Detection[], { checkLiveness }: AntiSpoofing, check: Check): Promise<Liveness[]> {
  const { width, height } = picture
  const image = await picture.whole()
  return await inBatches(faces, check, (batch) => checkLiveness(image, batch.map(({ box }) => clip(box, width, height))))
}

async function inBatches<Result> (faces: readonly Detection[], check: Check, run: (batch: readonly Detection[]) => Promise<Result[]>): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
    check()
    results.push(...await run(faces.slice(start, start + FACES_AT_ONCE)))
  }
  return results
}
