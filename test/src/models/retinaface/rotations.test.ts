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

/** A square with one woman of a sample photo in it. */
const SIDE = 440

/** Width of a small face in pixels: one that the network does not see at 45° without help. */
const SMALL = 50
const portrait = async () => sharp(await readFile(new URL('sample6.jpg', SAMPLES))).extract({ left: 560, top: 260, width: SIDE, height: SIDE }).png().toBuffer()

t.test('turned faces', { skip: missing(file) }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'retinaface-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'graph.onnx')
  writeFileSync(path, convert(card.conversion, new Map([[name, file!]])))
  const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  const detector = { usual: retinaface(session), rotated: retinaface(session, { rotated: true }) }
  const upright = await portrait()
  const [reference] = await detector.usual.detect(await openPicture(upright, 1e7))

  /** The faces of the portrait turned clockwise, and how far the landmarks of the first are from where they must be, in face widths. */
  async function seen (degrees: number, { detect }: typeof detector.usual, width?: number) {
    const { data, info } = await sharp(upright).rotate(degrees, { background: '#705040' }).png().toBuffer({ resolveWithObject: true })
    // Small faces are shown in a larger picture.
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

  t.test('tilted by up to 45° are found, with landmarks as of an upright one', async (t) => {
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

  t.test('by any angle are found when pictures are looked at from all sides', async (t) => {
    for (const degrees of [0, 90, 135, 180, 270]) {
      const { faces, error } = await seen(degrees, detector.rotated)
      t.equal(faces.length, 1)
      t.ok(error < 0.08, `${degrees}°: ${error.toFixed(3)} of the face's width`)
      const { w, h } = faces[0]!.box
      if (degrees % 90 === 0) t.equal(w > h, degrees % 180 === 90, 'the box lies with the face')
    }
  })
})
