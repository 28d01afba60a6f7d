import { crop } from '../../image/crop.ts'
import { toCanvas, cropCanvas } from '../../image/opencv/canvas.ts'
import type { Picture } from '../../image/picture.ts'
import { compose, invert, resizing, shifting, turnAndScale } from '../../math/affine.ts'
import { nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector, DetectorOptions } from '../../pipelines/contract.ts'
import { roll } from '../../pipelines/native/align.ts'
import { moveDetection } from '../../pipelines/native/move-detection.ts'
import { needsRefinement, refine } from '../../pipelines/native/refine.ts'
import { NESTED, type View, viewsOf } from '../../pipelines/native/views.ts'
import { OVERLAP, detectOnce } from './detect-once.ts'

/**
 * Longest side of the first look, in pixels: larger pictures are shrunk to it. A portrait is done with it in half the time of
 * the usual 640.
 */
const LONGEST = 480

/**
 * The closer look, four times as dear, at pictures larger than the first: when nothing was found there, or a face smaller than
 * `face` pixels of the first look, which may have still smaller ones beside it. Group photos gain by it, portraits never pay.
 */
const CLOSER = { longest: 960, face: 40 }

/** Smaller pictures are enlarged to this: of 48-pixel faces half are missed as they are, and one in a hundred at three times the size. */
const SHORTEST = 160

/**
 * When nothing was found, a look for faces that fill the picture or are cut off by its border: the picture shrunk to this longest
 * side and put into a frame of `border` of its sides.
 */
const SMALL = { longest: 160, border: 0.5 }

/**
 * When still nothing was found, looks at the picture turned by so many degrees: of faces 40 pixels wide the network sees one in
 * five at 40°, and all within 15°. Where all quarter turns are looked at, one turn between each two of them is enough.
 */
const TURNED = { longest: 640, degrees: [-35, 35], betweenQuarters: [45] }

/**
 * Where a face is tilted by more than this, in radians, others are too mostly, and are not seen for it: then the picture is looked at once
 * more, turned as that face is. Who is seen there only must have a high score.
 */
const BESIDE = { tilt: 15 * Math.PI / 180, score: 0.8 }

/**
 * RetinaFace: faces with five landmarks.
 * Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641; InsightFace's
 * MobileNet-0.25 (`mnet.25`, "cov2").
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs a level: see `anchors.ts`.
 *
 * Finds faces turned by up to 45°; with `rotated`, by any angle, for four times the time.
 */
export function retinaface (session: Session, { rotated }: DetectorOptions = { rotated: false }): Detector {
  const scan = detectOnce(session)

  async function onePass (picture: Picture, longest: number, border = 0): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const image = await picture.at(Math.min(Math.max(side, SHORTEST), longest) / side)
    const [left, top] = [Math.round(image.width * border), Math.round(image.height * border)]
    const framed = border === 0 ? image : cropCanvas(toCanvas(image), -left, -top, image.width + 2 * left, image.height + 2 * top)
    const toPicture = invert(compose(shifting(left, top), resizing(image.width / picture.width, image.height / picture.height)))
    return (await scan(framed)).map((face) => moveDetection(toPicture, face))
  }

  /** A look at the picture turned clockwise about its middle, with its corners. */
  async function passTurned (picture: Picture, radians: number): Promise<Detection[]> {
    const side = Math.max(picture.width, picture.height)
    const turn = turnAndScale(radians, Math.min(Math.max(side, SHORTEST), TURNED.longest) / side)
    const width = Math.ceil(Math.abs(turn.a) * picture.width + Math.abs(turn.b) * picture.height)
    const height = Math.ceil(Math.abs(turn.c) * picture.width + Math.abs(turn.d) * picture.height)
    const toInput = compose(shifting((width - 1) / 2, (height - 1) / 2), compose(turn, shifting(-(picture.width - 1) / 2, -(picture.height - 1) / 2)))
    const out = new Uint8Array(width * height * 3)
    await crop(picture, toInput, { width, height, out, outside: 'black' })
    return (await scan({ width, height, data: out })).map((face) => moveDetection(invert(toInput), face))
  }

  /** First looks at the views, then closer ones where that may be worth it. A closer look may lose a face that fills the picture, so what either saw counts. */
  async function search (views: readonly View[]): Promise<Detection[]> {
    const first: Detection[][] = []
    for (const { picture } of views) first.push(await onePass(picture, LONGEST))
    const isNone = first.every((faces) => faces.length === 0)
    const found: Detection[] = []
    for (const [i, { picture, back }] of views.entries()) {
      const side = Math.max(picture.width, picture.height)
      const smallest = Math.min(...first[i]!.map(({ box }) => Math.max(box.w, box.h) * LONGEST / side))
      const closer = side > LONGEST && (isNone || smallest < CLOSER.face) ? await onePass(picture, CLOSER.longest) : []
      found.push(...[...closer, ...first[i]!].map((face) => moveDetection(back, face)))
    }
    return nmsGreedy(found, OVERLAP)
  }

  /** The same kind of look at each view. */
  async function eachView<Seen extends View> (views: readonly Seen[], how: (view: Seen) => Promise<Detection[]>): Promise<Detection[]> {
    const found: Detection[] = []
    for (const view of views) found.push(...(await how(view)).map((face) => moveDetection(view.back, face)))
    return nmsGreedy(found, OVERLAP)
  }

  /** Looks once more at faces that may be askew. */
  async function refineEach (picture: Picture, found: readonly Detection[]): Promise<Detection[]> {
    const faces: Detection[] = []
    for (const face of found) {
      const seen = rotated || needsRefinement(face) ? await refine(scan, picture, face) : face
      if (seen) faces.push(seen)
    }
    return unique(faces)
  }

  const unique = (faces: readonly Detection[]): Detection[] => rotated ? nmsGreedy(faces, NESTED, nesting) : nmsGreedy(faces, OVERLAP)

  /** And those that are tilted as one of them is. */
  async function withSimilarlyTilted (picture: Picture, faces: Detection[]): Promise<Detection[]> {
    const tilt = faces.map(({ landmarks }) => roll(landmarks!)).find((angle) => Math.abs(rotated ? besideQuarters(angle) : angle) > BESIDE.tilt)
    if (tilt === undefined) return faces
    const beside = await passTurned(picture, -tilt)
    return unique([...faces, ...(await refineEach(picture, beside)).filter(({ score }) => score >= BESIDE.score)])
  }

  return {
    async detect (picture) {
      const views = viewsOf(picture, rotated)
      const tilts = rotated ? TURNED.betweenQuarters : TURNED.degrees
      const looks = [
        () => search(views),
        () => eachView(views, ({ picture }) => onePass(picture, SMALL.longest, SMALL.border)),
        () => eachView(tilts.flatMap((degrees) => views.map((view) => ({ ...view, degrees }))), ({ picture, degrees }) => passTurned(picture, degrees * Math.PI / 180))
      ]
      for (const findFaces of looks) {
        const faces = await refineEach(picture, await findFaces())
        if (faces.length > 0) return await withSimilarlyTilted(picture, faces)
      }
      return []
    }
  }
}

/** From the nearest quarter of a turn, which is looked at anyway. */
const besideQuarters = (angle: number): number => angle - Math.round(angle / (Math.PI / 2)) * Math.PI / 2
