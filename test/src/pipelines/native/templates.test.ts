import t from 'tap'
import { fromImage } from '../../../../src/image/picture.ts'
import { apply, invert } from '../../../../src/math/affine.ts'
import type { Landmarks } from '../../../../src/math/point.ts'
import { DLIB } from '../../../../src/models/recognition/templates.ts'
import { alignToTemplate, mirrorImage } from '../../../../src/pipelines/native/align.ts'
import { ARCFACE, meshTemplate } from '../../../../src/pipelines/native/templates.ts'

const picture = fromImage({ width: 150, height: 150, data: new Uint8Array(150 * 150 * 3) })
const box = { x: 0, y: 0, w: picture.width, h: picture.height }
const framing = { align: true, expandPercentage: 0 }

t.test('landmarks of a mesh lie elsewhere in the crop than those of a detector, on the same face', async (t) => {
  const mean = meshTemplate(ARCFACE)
  for (const [template, side] of [[ARCFACE, 112], [DLIB, 150]] as ReadonlyArray<readonly [Landmarks, number]>) {
    const crops = [
      alignToTemplate({ box, landmarks: ARCFACE, score: 1 }, template, [side, side], framing),
      alignToTemplate({ box, landmarks: mean, landmarksOf: 'mesh', score: 1 }, template, [side, side], framing)
    ]
    const [x, y] = apply(crops[0]!.toCrop, [56, 70])
    const [u, v] = apply(crops[1]!.toCrop, [56, 70])
    t.ok(Math.hypot(x - u, y - v) < 1e-6, 'a face with the mean places of both kinds has the same crop')
    t.ok(Math.abs(crops[0]!.toCrop.a - crops[1]!.toCrop.a) < 1e-9)
  }
  const shifted = alignToTemplate({ box, landmarks: mean, score: 1 }, ARCFACE, [112, 112], framing)
  t.ok(Math.abs(apply(shifted.toCrop, [56, 70])[1] - 70) > 0.5, 'which it would not have, were both kinds taken for one')
})

t.test('the mirror image of a crop has its first column last, and black where the crop has it', async (t) => {
  const { toCrop } = alignToTemplate({ box, landmarks: ARCFACE, score: 1 }, ARCFACE, [112, 112], framing)
  const mirrored = mirrorImage({ toCrop, inside: { left: 10, top: 5, width: 60, height: 100 } }, 112)
  const point = apply(mirrored.toCrop, apply(invert(toCrop), [0, 7]))
  t.ok(Math.hypot(point[0] - 111, point[1] - 7) < 1e-6, `${point}`)
  t.strictSame(mirrored.inside, { left: 42, top: 5, width: 60, height: 100 })
  t.notOk('inside' in mirrorImage({ toCrop }, 112))
})
