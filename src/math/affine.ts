import type { Point } from './point.ts'

/** Affine transform: maps (x, y) to (a·x + b·y + tx, c·x + d·y + ty). */
export interface Affine {
  readonly a: number
  readonly b: number
  readonly tx: number
  readonly c: number
  readonly d: number
  readonly ty: number
}

/** Maps a point. */
export const apply = ({ a, b, tx, c, d, ty }: Affine, [x, y]: Point): Point => [a * x + b * y + tx, c * x + d * y + ty]

/** Returns the transform that applies `inner`, then `outer`. */
export const compose = (outer: Affine, inner: Affine): Affine => ({
  a: outer.a * inner.a + outer.b * inner.c,
  b: outer.a * inner.b + outer.b * inner.d,
  tx: outer.a * inner.tx + outer.b * inner.ty + outer.tx,
  c: outer.c * inner.a + outer.d * inner.c,
  d: outer.c * inner.b + outer.d * inner.d,
  ty: outer.c * inner.tx + outer.d * inner.ty + outer.ty
})

/**
 * Returns the inverse of a transform.
 * @throws {RangeError} when it has none: its determinant is zero or not finite.
 */
export function invert ({ a, b, tx, c, d, ty }: Affine): Affine {
  const determinant = a * d - b * c
  if (determinant === 0 || !Number.isFinite(determinant)) throw new RangeError('The transform has no inverse.')
  const ia = d / determinant
  const ib = -b / determinant
  const ic = -c / determinant
  const id = a / determinant
  return { a: ia, b: ib, tx: -(ia * tx + ib * ty), c: ic, d: id, ty: -(ic * tx + id * ty) }
}

/** Scale of a transform, in target pixels for each source pixel: the square root of the factor by which areas grow. */
export const scaleOf = ({ a, b, c, d }: Affine): number => Math.sqrt(Math.abs(a * d - b * c))

/**
 * Maps the pixels of a picture to those of the same picture resized by (sx, sy). Coordinates count from the centre of the first pixel,
 * hence the half pixels: the edges of the pictures coincide, not the centres of their first pixels.
 */
export const resizing = (sx: number, sy: number): Affine => ({ a: sx, b: 0, tx: 0.5 * sx - 0.5, c: 0, d: sy, ty: 0.5 * sy - 0.5 })

/** Maps the pixels of a picture of `width` × `height` to those of the same picture rotated clockwise by `quarters` of a full turn. */
export function turning (quarters: number, width: number, height: number): Affine {
  switch (((quarters % 4) + 4) % 4) {
    case 1: return { a: 0, b: -1, tx: height - 1, c: 1, d: 0, ty: 0 }
    case 2: return { a: -1, b: 0, tx: width - 1, c: 0, d: -1, ty: height - 1 }
    case 3: return { a: 0, b: 1, tx: 0, c: -1, d: 0, ty: width - 1 }
    default: return { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 }
  }
}

/** Rotates clockwise by `radians` about the origin, then scales. */
export function turnAndScale (radians: number, scale: number): Affine {
  const cos = scale * Math.cos(radians)
  const sin = scale * Math.sin(radians)
  return { a: cos, b: -sin, tx: 0, c: sin, d: cos, ty: 0 }
}

/** Shifts by (tx, ty). */
export const shifting = (tx: number, ty: number): Affine => ({ a: 1, b: 0, tx, c: 0, d: 1, ty })
