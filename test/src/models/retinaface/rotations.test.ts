import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { convert } from '../../../../src/converter/convert.ts'
import { openPicture } from '../../../../src/image/picture.ts'
import type { Point } from '../../../../src/math/point.ts'
import { cards } from '../../../../src/models/retinaface/cards.ts'
import { retinaface } from '../../../../src/models/retinaface/retinaface.ts'
import { openSession } from '../../../../src/onnx/session.ts'
import { SAMPLES } from '../../../real.ts'
import { missing, published } from '../../../references.ts'

const [card] = cards
const [{ sha256, name }] = card.files
const file = published(sha256, name)

/** Side of a square of a sample photo that shows one woman. */
const SIDE = 440

/** Width, in pixels, of a small face, which the network does not see at 45° by itself. */
const SMALL = 50
const portrait = async () => sharp(await readFile(new URL('sample6.jpg', SAMPLES))).extract({ left: 560, top: 260, width: SIDE, height: SIDE }).png().toBuffer()

t.test('rotated faces', { skip: missing(file) }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'retinaface-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'graph.onnx')
  writeFileSync(path, convert(card.conversion, new Map([[name, file!]])))
  const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  const detector = { usual: retinaface(session), rotated: retinaface(session, { rotated: true }) }
  const upright = await portrait()
  const [reference] = await detector.usual.detect(await openPicture(upright, 1e7))

  /** The faces of the portrait rotated clockwise, and the mean error of the first one's landmarks, in face widths. */
  async function seen (degrees: number, { detect }: typeof detector.usual, width?: number) {
    const { data, info } = await sharp(upright).rotate(degrees, { background: '#705040' }).png().toBuffer({ resolveWithObject: true })
    // Small faces lie in a larger picture.
    const margin = width === undefined ? 0 : Math.round(info.width * 2)
    const shown = await sharp(data).extend({ top: margin, bottom: margin, left: margin, right: margin, background: '#705040' }).toBuffer()
    const factor = width === undefined ? 1 : width / reference!.box.w
    const side = Math.round((info.width + 2 * margin) * factor)
    const faces = await detect(await openPicture(await sharp(shown).resize(side, side).png().toBuffer(), 1e7))
    const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)]
    const moved = ([x, y]: Point): Point => {
      const [u, v] = [x - (SIDE - 1) / 2, y - (SIDE - 1) / 2]
      return [(cos * u - sin * v) * factor + (side - 1) / 2, (sin * u + cos * v) * factor + (side - 1) / 2]
    }
    const distances = faces[0]?.landmarks!.map(([x, y], i) => {
      const [u, v] = moved(reference!.landmarks![i]!)
      return Math.hypot(x - u, y - v)
    }) ?? [Infinity]
    return { faces, error: distances.reduce((sum, distance) => sum + distance, 0) / 5 / (reference!.box.w * factor) }
  }

  t.test('tilted by up to 45° are found, with the landmarks of an upright one', async (t) => {
    for (const degrees of [-45, -30, 30, 45]) {
      const { faces, error } = await seen(degrees, detector.usual)
      t.equal(faces.length, 1)
      t.ok(error < 0.08, `${degrees}°: ${error.toFixed(3)} of the face's width`)
    }
  })

  t.test('so are small ones', async (t) => {
    for (const degrees of [-45, 45]) {
      const { faces, error } = await seen(degrees, detector.usual, SMALL)
      t.equal(faces.length, 1)
      t.ok(error < 0.1, `${degrees}°: ${error.toFixed(3)} of the face's width`)
    }
  })

  t.test('by any angle are found when the picture is searched in all rotations', async (t) => {
    for (const degrees of [0, 90, 135, 180, 270]) {
      const { faces, error } = await seen(degrees, detector.rotated)
      t.equal(faces.length, 1)
      t.ok(error < 0.08, `${degrees}°: ${error.toFixed(3)} of the face's width`)
      const { w, h } = faces[0]!.box
      if (degrees % 90 === 0) t.equal(w > h, degrees % 180 === 90, 'the box lies with the face')
    }
  })
})
