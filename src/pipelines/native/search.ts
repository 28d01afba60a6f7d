import { crop } from '../../image/crop.ts'
import { cropCanvas, toCanvas } from '../../image/opencv/canvas.ts'
import type { Picture } from '../../image/picture.ts'
import { compose, invert, resizing, shifting, turnAndScale } from '../../math/affine.ts'
import { nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Detection } from '../contract.ts'
import { nearestQuarter } from './align.ts'
import { closerScale } from './closer-scale.ts'
import { moveDetection } from './move-detection.ts'
import { SAME_FACE } from './passes.ts'
import { type DetectOnce, withFineLandmarks } from './refine.ts'
import { NESTED, type View, viewsOf } from './views.ts'

/** Longest side of the first pass, in pixels; larger pictures are shrunk to it. On a portrait it takes half the time of the usual 640. */
const LONGEST = 480

/**
 * Second pass at 960 pixels, four times the cost, for pictures larger than the first pass: when that found nothing, or a face smaller
 * than `face` pixels of its input, next to which there may be still smaller ones. Group photos gain, portraits never pay for it.
 */
const CLOSER = { longest: 960, face: 40 }

/**
 * Sides of small faces, in pixels of a pass. Pictures so large or long that a face of 140 pixels has fewer than `least` in the first pass
 * always get the second one, which shows it with `sure`: RetinaFace finds 16 of 16 portraits at 16 pixels and 8 at 12, but in the corner of
 * a picture some only from 28 on; YuNet finds 16 at 20 pixels.
 */
const FACE = { least: 24, sure: 28 }

/** Smaller pictures are enlarged to this: at their own size half of all 48-pixel faces are missed, enlarged threefold one in a hundred. */
const SHORTEST = 160

/**
 * When nothing was found, a pass for faces that fill the picture or are cut off by its edge: the picture shrunk to this longest side,
 * with a black border of `border` × its sides.
 */
const SMALL = { longest: 160, border: 0.5 }

/**
 * When still nothing was found, passes over the picture rotated by these angles: of faces 40 pixels wide RetinaFace sees one in five at
 * 40°, and all within 15°. When all quarter turns are tried anyway, one angle between each two of them is enough.
 */
const TURNED = { longest: 640, degrees: [-35, 35], betweenQuarters: [45] }

/**
 * When a face is tilted by more than this, in radians, others usually are too, and are missed for that reason. Of those that a pass for them
 * finds, faces have at least this score.
 */
export const ALIKE = { tilt: 15 * Math.PI / 180, score: 0.8 }

export interface SearchOptions {
  /** Whether to search the picture rotated by 90°, 180° and 270° too. */
  readonly rotated: boolean
  /** Whether small faces of large pictures are detected again, closer, because their landmarks are coarse. */
  readonly fineLandmarks: boolean
}

/** A search for faces in several passes, each over the picture as a whole. */
export interface FaceSearch {
  /**
   * The passes, in order: each is needed only when those before it found no face, or none that is sure. Faces of a pass are in pixels of the
   * picture, each once.
   */
  readonly stages: (picture: Picture) => ReadonlyArray<() => Promise<Detection[]>>
  /**
   * One more pass, over the picture rotated so that the first face is upright whose roll says that it is tilted; `rolls` are those of faces that
   * were found, in radians. No faces when none of them is.
   */
  readonly similarlyTilted: (picture: Picture, rolls: readonly number[]) => Promise<Detection[]>
  /** Drops all but the best of detections that are one face. */
  readonly unique: (faces: readonly Detection[]) => Detection[]
}

/**
 * Plans a search with a detector that is trained with upright faces: a first pass, and a closer one where it may gain something; when they
 * find nothing, passes for faces that fill the picture or are tilted.
 *
 * @example
 * const { stages } = faceSearch(detectOnce, { rotated: false, fineLandmarks: false })
 * for (const find of stages(picture)) {
 *   const faces = await find()
 *   if (faces.length > 0) return faces
 * }
 */
export function faceSearch (detectOnce: DetectOnce, { rotated, fineLandmarks }: SearchOptions): FaceSearch {
  /** One pass over the picture shrunk to `longest`, with a black border of `border` × its sides. */
  async function onePass (picture: Picture, longest: number, border = 0): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const image = await picture.at(Math.min(Math.max(side, SHORTEST), longest) / side)
    const [left, top] = [Math.round(image.width * border), Math.round(image.height * border)]
    const framed = border === 0 ? image : cropCanvas(toCanvas(image), -left, -top, image.width + 2 * left, image.height + 2 * top)
    const toPicture = invert(compose(shifting(left, top), resizing(image.width / picture.width, image.height / picture.height)))
    return (await detectOnce(framed)).map((face) => moveDetection(toPicture, face))
  }

  /** One pass over the picture rotated clockwise around its centre, corners included. */
  async function rotatedPass (picture: Picture, radians: number): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const turn = turnAndScale(radians, Math.min(Math.max(side, SHORTEST), TURNED.longest) / side)
    const width = Math.ceil(Math.abs(turn.a) * picture.width + Math.abs(turn.b) * picture.height)
    const height = Math.ceil(Math.abs(turn.c) * picture.width + Math.abs(turn.d) * picture.height)
    const toInput = compose(shifting((width - 1) / 2, (height - 1) / 2), compose(turn, shifting(-(picture.width - 1) / 2, -(picture.height - 1) / 2)))
    const out = new Uint8Array(width * height * 3)
    await crop(picture, toInput, { width, height, out, outside: 'black' })
    return (await detectOnce({ width, height, data: out })).map((face) => moveDetection(invert(toInput), face))
  }

  /**
   * First pass over each view, then the closer one where it may gain something. The closer pass may lose a face that fills the picture,
   * so the faces of both count.
   */
  async function search (views: readonly [View, ...View[]]): Promise<Detection[]> {
    const first: Detection[][] = []
    for (const { picture } of views) first.push(await onePass(picture, LONGEST))
    const isNone = first.every((faces) => faces.length === 0)
    const side = Math.max(views[0].picture.width, views[0].picture.height)
    const isLarge = closerScale(views[0].picture, FACE.least) * side > LONGEST
    const longest = isLarge ? Math.max(CLOSER.longest, closerScale(views[0].picture, FACE.sure) * side) : CLOSER.longest
    const found: Detection[] = []
    for (const [i, { picture, back }] of views.entries()) {
      const smallest = Math.min(...first[i]!.map(({ box }) => Math.max(box.w, box.h) * LONGEST / side))
      const closer = side > LONGEST && (isNone || smallest < CLOSER.face || isLarge) ? await onePass(picture, longest) : []
      found.push(...[...closer, ...first[i]!].map((face) => moveDetection(back, face)))
    }
    const faces = nmsGreedy(found, SAME_FACE)
    return isLarge && fineLandmarks && !rotated ? await withFineLandmarks(detectOnce, views[0].picture, faces, longest / side, true) : faces
  }

  /** Runs the same pass on each view. */
  async function eachView<AnyView extends View> (views: readonly AnyView[], pass: (view: AnyView) => Promise<Detection[]>): Promise<Detection[]> {
    const found: Detection[] = []
    for (const view of views) found.push(...(await pass(view)).map((face) => moveDetection(view.back, face)))
    return nmsGreedy(found, SAME_FACE)
  }

  return {
    stages (picture) {
      const views = viewsOf(picture, rotated)
      const tilts = rotated ? TURNED.betweenQuarters : TURNED.degrees
      const tilted = tilts.flatMap((degrees) => views.map((view) => ({ ...view, degrees })))
      return [
        () => search(views),
        () => eachView(views, ({ picture }) => onePass(picture, SMALL.longest, SMALL.border)),
        () => eachView(tilted, ({ picture, degrees }) => rotatedPass(picture, degrees * Math.PI / 180))
      ]
    },
    async similarlyTilted (picture, rolls) {
      // Each quarter turn has a pass anyway.
      const tilt = rolls.find((angle) => Math.abs(rotated ? angle - nearestQuarter(angle) : angle) > ALIKE.tilt)
      return tilt === undefined ? [] : await rotatedPass(picture, -tilt)
    },
    unique: (faces) => rotated ? nmsGreedy(faces, NESTED, nesting) : nmsGreedy(faces, SAME_FACE)
  }
}
