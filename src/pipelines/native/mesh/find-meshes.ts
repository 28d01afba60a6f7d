import type { Mesh, Square } from '../../contract.ts'
import { nextSquare, turnBetween } from './squares.ts'

/** Runs the network of a mesh on squares of a picture; returns a mesh for each. */
export type RunMeshes = (squares: readonly Square[]) => Promise<Mesh[]>

const radians = (degrees: number): number => degrees * Math.PI / 180

/**
 * A mesh is searched again in the square that it asks for, until that settles: 1.03 passes a face on 431 photos of LFW's development set. Tilted faces
 * take more.
 */
const PASSES = {
  most: 4,
  /** A first mesh is good enough when its presence is higher than this, and it asks for a square like the one it had. */
  presence: 0.9,
  /** Distance of the centres, in sides. */
  place: 0.06,
  /** Side of the square that it asks for, in sides. One that is larger by a fifth, as MediaPipe's, finds the points as exactly. */
  side: { least: 0.79, most: 1.1 },
  /** Turn that is none: for the first mesh, and for the later ones. */
  turn: radians(7)
}

/**
 * Finds the mesh of the face in each square, in order. Of its passes the one with the highest presence counts: on faces that are cut off, later
 * passes may drift away.
 *
 * @example
 * const [mesh] = await findMeshes(run, [firstSquare(face)])
 */
export async function findMeshes (run: RunMeshes, squares: readonly Square[]): Promise<Mesh[]> {
  const meshes: Mesh[] = []
  let pending = squares.map((square, i) => ({ i, square }))
  for (let pass = 0; pass < PASSES.most && pending.length > 0; pass++) {
    const found = await run(pending.map(({ square }) => square))
    pending = pending.flatMap(({ i, square }, k) => {
      const mesh = found[k]!
      const best = meshes[i]
      if (!best || mesh.presence >= best.presence) meshes[i] = mesh
      const next = nextSquare(mesh)
      const isSettled = pass === 0 ? mesh.presence > PASSES.presence && isAlike(square, next) : turnBetween(square.angle, next.angle) < PASSES.turn
      return isSettled ? [] : [{ i, square: next }]
    })
  }
  return meshes
}

function isAlike (had: Square, wants: Square): boolean {
  const { least, most } = PASSES.side
  const moved = Math.hypot(wants.centre[0] - had.centre[0], wants.centre[1] - had.centre[1])
  const grown = wants.side / had.side
  return moved < PASSES.place * had.side && grown > least && grown < most && turnBetween(wants.angle, had.angle) < PASSES.turn
}
