import { crop } from '../../image/crop.ts'
import { cropCanvas, toCanvas } from '../../image/opencv/canvas.ts'
import type { Picture } from '../../image/picture.ts'
import { compose, invert, resizing, shifting, turnAndScale } from '../../math/affine.ts'
import { nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector, DetectorOptions } from '../../pipelines/contract.ts'
import { roll } from '../../pipelines/native/align.ts'
import { closerScale } from '../../pipelines/native/closer-scale.ts'
import { moveDetection } from '../../pipelines/native/move-detection.ts'
import { needsRefinement, refine, withFineLandmarks } from '../../pipelines/native/refine.ts'
import { NESTED, type View, viewsOf } from '../../pipelines/native/views.ts'
import { detectOnce, OVERLAP } from './detect-once.ts'

/** Longest side of the first pass, in pixels; larger pictures are shrunk to it. On a portrait it takes half the time of the usual 640. */
const LONGEST = 480

/**
 * Second pass at 960 pixels, four times the cost, for pictures larger than the first pass: when that found nothing, or a face smaller
 * than `face` pixels of its input, next to which there may be still smaller ones. Group photos gain, portraits never pay for it.
 */
const CLOSER = { longest: 960, face: 40 }

/**
 * Sides of small faces, in pixels of a pass. Pictures so large or long that a face of 140 pixels has fewer than `least` in the first pass
 * always get the second one, which shows it with `sure`: 16 of 16 portraits are found at 16 pixels and 8 at 12, but in the corner of a
 * picture some only from 28 on.
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
 * When still nothing was found, passes over the picture rotated by these angles: of faces 40 pixels wide the network sees one in five at
 * 40°, and all within 15°. When all quarter turns are tried anyway, one angle between each two of them is enough.
 */
const TURNED = { longest: 640, degrees: [-35, 35], betweenQuarters: [45] }

/**
 * When a face is tilted by more than this, in radians, others usually are too, and are missed for that reason. One more pass then runs on
 * the picture rotated so that this face is upright. Faces that only this pass finds must have at least this score.
 */
const BESIDE = { tilt: 15 * Math.PI / 180, score: 0.8 }

/**
 * RetinaFace: faces with five landmarks.
 * Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641; InsightFace's
 * MobileNet-0.25 (`mnet.25`, "cov2").
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs of each level: see `anchors.ts`.
 *
 * Finds faces tilted by up to 45°; with `rotated` by any angle, in four times the time.
 */
export function retinaface (session: Session, { rotated }: DetectorOptions = { rotated: false }): Detector {
  const detectIn = detectOnce(session)

  /** One pass over the picture shrunk to `longest`, with a black border of `border` × its sides. */
  async function onePass (picture: Picture, longest: number, border = 0): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const image = await picture.at(Math.min(Math.max(side, SHORTEST), longest) / side)
    const [left, top] = [Math.round(image.width * border), Math.round(image.height * border)]
    const framed = border === 0 ? image : cropCanvas(toCanvas(image), -left, -top, image.width + 2 * left, image.height + 2 * top)
    const toPicture = invert(compose(shifting(left, top), resizing(image.width / picture.width, image.height / picture.height)))
    return (await detectIn(framed)).map((face) => moveDetection(toPicture, face))
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
    return (await detectIn({ width, height, data: out })).map((face) => moveDetection(invert(toInput), face))
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
    const faces = nmsGreedy(found, OVERLAP)
    return isLarge && !rotated ? await withFineLandmarks(detectIn, views[0].picture, faces, longest / side, true) : faces
  }

  /** Runs the same pass on each view. */
  async function eachView<AnyView extends View> (views: readonly AnyView[], pass: (view: AnyView) => Promise<Detection[]>): Promise<Detection[]> {
    const found: Detection[] = []
    for (const view of views) found.push(...(await pass(view)).map((face) => moveDetection(view.back, face)))
    return nmsGreedy(found, OVERLAP)
  }

  /** Detects possibly tilted faces again, upright, and drops those that turn out to be false positives. */
  async function refineEach (picture: Picture, found: readonly Detection[]): Promise<Detection[]> {
    const faces: Detection[] = []
    for (const face of found) {
      const seen = rotated || needsRefinement(face) ? await refine(detectIn, picture, face) : face
      if (seen) faces.push(seen)
    }
    return unique(faces)
  }

  const unique = (faces: readonly Detection[]): Detection[] => rotated ? nmsGreedy(faces, NESTED, nesting) : nmsGreedy(faces, OVERLAP)

  /** Adds faces that are tilted as the first tilted one of `faces` is. */
  async function withSimilarlyTilted (picture: Picture, faces: Detection[]): Promise<Detection[]> {
    const tilt = faces.map(({ landmarks }) => roll(landmarks!)).find((angle) => Math.abs(rotated ? fromQuarter(angle) : angle) > BESIDE.tilt)
    if (tilt === undefined) return faces
    const beside = await rotatedPass(picture, -tilt)
    return unique([...faces, ...(await refineEach(picture, beside)).filter(({ score }) => score >= BESIDE.score)])
  }

  return {
    async detect (picture) {
      const views = viewsOf(picture, rotated)
      const tilts = rotated ? TURNED.betweenQuarters : TURNED.degrees
      const tilted = tilts.flatMap((degrees) => views.map((view) => ({ ...view, degrees })))
      const passes = [
        () => search(views),
        () => eachView(views, ({ picture }) => onePass(picture, SMALL.longest, SMALL.border)),
        () => eachView(tilted, ({ picture, degrees }) => rotatedPass(picture, degrees * Math.PI / 180))
      ]
      for (const findFaces of passes) {
        const faces = await refineEach(picture, await findFaces())
        if (faces.length > 0) return await withSimilarlyTilted(picture, faces)
      }
      return []
    }
  }
}

/** Angle from the nearest quarter turn, which has a pass anyway. */
const fromQuarter = (angle: number): number => angle - Math.round(angle / (Math.PI / 2)) * Math.PI / 2
