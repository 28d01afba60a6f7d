import type { Session } from '../../onnx/session.ts'
import type { Mesh, MeshModel } from '../../pipelines/contract.ts'
import { EXPRESSIVE_POINTS, expressivePoints } from '../../pipelines/native/mesh/expression.ts'
import { findMeshes } from '../../pipelines/native/mesh/find-meshes.ts'
import { pointsInPicture, squareToCrop } from '../../pipelines/native/mesh/squares.ts'
import { type FaceOutputs, runCrops } from '../../pipelines/native/run-crops.ts'
import { runTensors } from '../run-tensors.ts'

interface MeshNetwork {
  /** Side of the input in pixels. */
  readonly size: number
  /** Reads the x, y, z of all points, in pixels of the crop, and the presence. */
  readonly read: (outputs: FaceOutputs) => { readonly values: Float32Array, readonly presence: number }
}

/**
 * Face Mesh V2 with attention: 478 points, ten of them of the irises.
 * Grishchenko et al., "Attention Mesh", 2020, arXiv:2006.10962; face_landmarks_detector.tflite of MediaPipe's face_landmarker.task.
 *
 * Input uint8[n, 256, 256, 3] RGB. Outputs: float32[n, 1434, 1, 1], x, y and z of each point; float32[n, 1, 1, 1], the logit of the presence.
 */
const LANDMARKER: MeshNetwork = {
  size: 256,
  read: ({ named }) => ({ values: named('Identity'), presence: 1 / (1 + Math.exp(-named('Identity_1')[0]!)) })
}

/**
 * The first Face Mesh: 468 points, without the irises.
 * Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019, arXiv:1907.06724; weights as
 * vladmandic/human publishes them.
 *
 * Input uint8[n, 192, 192, 3] RGB. Outputs: float32[n, 1404], x, y and z of each point; float32[n, 1], the presence.
 */
const FIRST: MeshNetwork = { size: 192, read: ({ named }) => ({ values: named('output_mesh'), presence: named('output_faceflag')[0]! }) }

/** With one sample a pixel the crop of a face that is shrunk to two thirds takes three times as long, and its points are no more exact. */
const DENSITY = 0.75

const findWith = (session: Session, { size, read }: MeshNetwork): MeshModel['find'] => (picture, squares) => findMeshes(async (squares) => {
  const crops = squares.map((square) => ({ toCrop: squareToCrop(square, size) }))
  const found = await runCrops(session, picture, crops, { width: size, height: size, outside: 'replicate', density: DENSITY }, read)
  return found.map(({ values, presence }, i): Mesh => ({ points: pointsInPicture(values, crops[i]!.toCrop), presence }))
}, squares)

/**
 * Points and expressions by MediaPipe's Face Landmarker. `blendshapes` is its network of expressions (face_blendshapes.tflite):
 * input float32[n, 146, 2, 1], x and y of the expressive points; output float32[n, 52], 0..1.
 */
export const faceLandmarker = (session: Session, blendshapes: Session): MeshModel => ({
  find: findWith(session, LANDMARKER),
  express: (meshes) => runTensors(blendshapes, meshes.map(expressivePoints), [EXPRESSIVE_POINTS.length, 2, 1])
})

/** Points by MediaPipe's first Face Mesh. */
export const faceMesh = (session: Session): MeshModel => ({ find: findWith(session, FIRST) })
