import type { Image } from '../../image/image.ts'
import { type Canvas, cropCanvas, toCanvas } from '../../image/opencv/canvas.ts'
import type { Size } from '../../image/pixels.ts'
import { fromImage, type Picture } from '../../image/picture.ts'
import { shifting } from '../../math/affine.ts'
import { type Box, nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Detection, Detector } from '../contract.ts'
import { closerScale } from './closer-scale.ts'
import { toPicture } from './find-in.ts'
import { moveDetection } from './move-detection.ts'
import { SAME_FACE } from './passes.ts'
import { NESTED } from './views.ts'

/** A network whose input has one size: large pictures are shown to it in tiles. */
export interface TileSize {
  /** Side of its square input, in pixels. */
  readonly side: number
  /** Side, in pixels of the input, from which it finds every upright face. */
  readonly face: number
}

/**
 * Pictures of up to `pixels` whose longer side is at most `aspect` times the other are processed as a whole: they show few small faces, and
 * cost a single run.
 */
const ORDINARY = { pixels: 4_000_000, aspect: 2 }

/** Part of its side that a face needs around its box, on each side, to be seen as a whole. */
const MARGIN = 0.1

/** Overlap of neighbouring tiles, in sides of the largest face that only tiles of this scale show as a whole. */
const OVERLAP = 1 + 2.5 * MARGIN

/** Larger faces than this, in sides of that largest face, are left to the next scale: a tile shows parts of them that pass for faces. */
const LARGEST = 1.5

/** Pictures of one scale, cut into tiles. */
export interface TileLevel {
  /** Size of the picture relative to full scale. */
  readonly scale: number
  /** Width of the largest face that is reported, in pixels of this scale. */
  readonly largest: number
  /** Least overlap of neighbouring tiles, in pixels of this scale. */
  readonly overlap: number
}

/**
 * Scales at which a picture is cut into tiles, the largest first; none for ordinary pictures. Between these and the picture as a whole every
 * face is in one tile: where a tile shows it too small, so that the next scale must, the overlap is at most half a tile.
 */
export function tileLevels (picture: Size, { side, face }: TileSize): TileLevel[] {
  const [longer, shorter] = [Math.max(picture.width, picture.height), Math.min(picture.width, picture.height)]
  if (longer * shorter <= ORDINARY.pixels && longer <= ORDINARY.aspect * shorter) return []
  const [whole, closest] = [side / longer, closerScale(picture, face)]
  if (closest <= whole) return []
  const steps = Math.ceil(Math.log(closest / whole) / Math.log(side / (2 * OVERLAP * face)))
  const step = (closest / whole) ** (1 / steps)
  return Array.from({ length: steps }, (_, i) => ({ scale: closest / step ** i, largest: LARGEST * face * step, overlap: Math.ceil(OVERLAP * face * step) }))
}

/** First pixels of the tiles along an axis of `size` pixels. */
export function tileStarts (size: number, side: number, overlap: number): number[] {
  if (size <= side) return [0]
  const count = Math.ceil((size - overlap) / (side - overlap))
  return Array.from({ length: count }, (_, i) => Math.round(i * (size - side) / (count - 1)))
}

/**
 * Returns a detector for a network whose input has one size. It finds the faces of a picture as a whole, with `findWhole`, and in large or
 * long pictures those that are too small for that in tiles. `find` returns faces in pixels of the canvas that it is given, a square of
 * `side` pixels.
 */
export function withTiles (findWhole: (picture: Picture) => Promise<Detection[]>, tiles: TileSize, find: (canvas: Canvas) => Promise<Detection[]>): Detector {
  return {
    async detect (picture) {
      const whole = await findWhole(picture)
      const inTiles = await findInTiles(picture, tiles, find)
      return inTiles.length === 0 ? whole : nmsGreedy(nmsGreedy([...whole, ...inTiles], SAME_FACE), NESTED, nesting)
    }
  }
}

/** Finds the faces in all tiles. Those that a tile cuts off are left to its neighbour, as are large ones to the next scale. */
async function findInTiles (picture: Picture, tiles: TileSize, find: (canvas: Canvas) => Promise<Detection[]>): Promise<Detection[]> {
  const found: Detection[] = []
  let image: Image | undefined
  for (const { scale, largest, overlap } of tileLevels(picture, tiles)) {
    image = image ? await fromImage(image).at(scale * picture.width / image.width, undefined, 1.01) : await picture.at(scale)
    const back = toPicture(picture, image)
    for (const area of tilesOf(image, tiles.side, overlap)) {
      const part = cropCanvas(toCanvas(image), area.x, area.y, area.w, area.h)
      const faces = await find({ width: tiles.side, height: tiles.side, left: 0, top: 0, image: part })
      const there = faces.map((face) => moveDetection(shifting(area.x, area.y), face))
      found.push(...there.filter(({ box }) => box.w <= largest && !isCut(box, area, image!)).map((face) => moveDetection(back, face)))
    }
  }
  return found
}

const tilesOf = ({ width, height }: Image, side: number, overlap: number): Box[] =>
  tileStarts(height, side, overlap).flatMap((y) => tileStarts(width, side, overlap).map((x) =>
    ({ x, y, w: Math.min(side, width), h: Math.min(side, height) })))

/** Whether the border of a tile cuts a face off, other than where the picture ends. */
function isCut ({ x, y, w, h }: Box, area: Box, { width, height }: Image): boolean {
  const [dx, dy] = [MARGIN * w, MARGIN * h]
  return (area.x > 0 && x - dx < area.x) || (area.y > 0 && y - dy < area.y) ||
    (area.x + area.w < width && x + w + dx > area.x + area.w) || (area.y + area.h < height && y + h + dy > area.y + area.h)
}
