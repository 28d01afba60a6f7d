import t from 'tap'
import { decodeLevel, LEVELS, nmsResnet50 } from '../../../../src/models/retinaface/decode-resnet50.ts'
import { scaled } from '../../../../src/models/retinaface/retinaface-resnet50.ts'
import { formula } from '../../../keras/formula.ts'

/**
 * Results of retina-face 0.0.17's `postprocess.py` for these maps: the number of faces, of faces kept, and box, score, right eye and left
 * corner of the mouth of every sixth of those.
 */
const RETINA_FACE = { found: 31, kept: 24 }
const ROWS = [
  [
    14.200303077697754, 27.933574676513672, 24.446090698242188, 34.12582015991211, 0.9992091059684753,
    17.67708396911621, 30.803050994873047, 14.598491668701172, 28.524005889892578
  ],
  [
    58.82352828979492, 35.986595153808594, 58.82352828979492, 41.764705657958984, 0.9783278107643127,
    57.9775390625, 33.263572692871094, 56.352542877197266, 41.74652862548828
  ],
  [
    58.82352828979492, 32.49421691894531, 58.82352828979492, 38.53532028198242, 0.9429498910903931,
    59.35820388793945, 36.9579963684082, 64.57099914550781, 33.31217956542969
  ],
  [
    54.99937438964844, 20.27046012878418, 58.82352828979492, 26.52815818786621, 0.9265276789665222,
    54.168487548828125, 25.940000534057617, 60.111671447753906, 27.443117141723633
  ]
]

t.test('maps by formula are decoded as retina-face decodes them', async (t) => {
  const size = { width: 101, height: 72 }
  const found = LEVELS.flatMap((level) => {
    const [rows, columns] = [Math.ceil(size.height / level.stride), Math.ceil(size.width / level.stride)]
    const map = (name: string, channels: number, offset: number) => {
      const u = formula(`${name}${level.stride}`)
      return { dims: [1, channels, rows, columns], data: Float32Array.from({ length: channels * rows * columns }, (_, i) => u(i) + offset) }
    }
    return decodeLevel(level, { scores: map('prob', 4, 0), boxes: map('bbox', 8, -0.5), points: map('landmark', 20, -0.5) }, size, 1.7)
  })
  const kept = nmsResnet50(found)
  t.strictSame({ found: found.length, kept: kept.length }, RETINA_FACE)
  for (const [i, row] of ROWS.entries()) {
    const { x1, y1, x2, y2, score, points } = kept[6 * i]!
    const ours = [x1, y1, x2, y2, score, points[0]!, points[1]!, points[8]!, points[9]!]
    t.strictSame(ours, row)
  }
})

t.test('the shorter side becomes 1024 pixels, or the longer one 1980', async (t) => {
  t.strictSame(scaled({ width: 800, height: 600 }), { scale: 1024 / 600, width: 1365, height: 1024 })
  t.strictSame(scaled({ width: 600, height: 1400 }), { scale: 1980 / 1400, width: 849, height: 1980 })
  t.strictSame(scaled({ width: 1024, height: 1024 }), { scale: 1, width: 1024, height: 1024 })
  t.strictSame(scaled({ width: 1, height: 4000 }), { scale: 1980 / 4000, width: 1, height: 1980 })
})
