import t from 'tap'
import type { Canvas } from '../../../../src/image/opencv/canvas.ts'
import { fromImage } from '../../../../src/image/picture.ts'
import type { Detection } from '../../../../src/pipelines/contract.ts'
import { passScales } from '../../../../src/pipelines/native/passes.ts'
import { tileLevels, tileStarts, withTiles } from '../../../../src/pipelines/native/tiles.ts'

const NETWORKS = [{ side: 128, face: 18 }, { side: 300, face: 30 }, { side: 640, face: 24 }]
const SIZES = [[1080, 15_000], [15_000, 1080], [8000, 1000], [4000, 3000], [7071, 7071], [65_000, 769], [800, 3000]].map(([width, height]) =>
  ({ width: width!, height: height! }))

/** Largest sizes of pictures up to a number of pixels, from squares to strips. */
const pictures = (pixels: number) => Array.from({ length: 40 }, (_, i) => 1.12 ** i)
  .map((aspect) => ({ width: Math.floor(Math.sqrt(pixels * aspect)), height: Math.floor(Math.sqrt(pixels / aspect)) }))

const countTiles = (picture: { width: number, height: number }, network: { side: number, face: number }): number =>
  tileLevels(picture, network).reduce((sum, { scale, overlap }) => {
    const along = (size: number) => tileStarts(Math.round(size * scale), network.side, overlap).length
    return sum + along(picture.width) * along(picture.height)
  }, 0)

t.test('ordinary pictures are not cut', async (t) => {
  for (const network of NETWORKS) {
    for (const [width, height] of [[250, 250], [1920, 1080], [1500, 2000], [2000, 2000], [2828, 1414]]) {
      t.strictSame(tileLevels({ width: width!, height: height! }, network), [], `${width} × ${height}`)
    }
  }
})

t.test('every face of 140 pixels and more is whole in a tile that shows it large enough, or large enough in the whole picture', async (t) => {
  for (const network of NETWORKS) {
    for (const picture of SIZES) {
      const whole = network.side / Math.max(picture.width, picture.height)
      const levels = tileLevels(picture, network)
      const unseen: string[] = []
      for (let size = 140; size < Math.min(picture.width, picture.height); size *= 1.13) {
        for (let place = 0; place <= 1; place += 0.0137) {
          const seen = size * whole >= network.face || levels.some(({ scale, overlap }) => size * scale >= network.face * 0.999 &&
            (['width', 'height'] as const).every((axis) => {
              const start = place * (picture[axis] - size) * scale
              return tileStarts(Math.round(picture[axis] * scale), network.side, overlap).some((first) => {
                const margin = 0.1 * size * scale
                return (first === 0 || start - margin >= first) &&
                  (start + size * scale + margin <= first + network.side || first + network.side >= picture[axis] * scale - 1)
              })
            }))
          if (!seen) unseen.push(`${Math.round(size)} pixels at ${place.toFixed(2)}`)
        }
      }
      t.strictSame(unseen, [], `${picture.width} × ${picture.height}, input of ${network.side}`)
    }
  }
})

t.test('the cost of any picture is bounded, also where more than 50 megapixels are allowed', async (t) => {
  for (const pixels of [4e6, 12e6, 50e6, 200e6, 1e9]) {
    for (const picture of pictures(pixels)) {
      t.ok(NETWORKS.every((network, i) => countTiles(picture, network) <= [260, 120, 30][i]!), `${picture.width} × ${picture.height}, tiles`)
      const most = passScales(picture, { longest: 1024, face: 24 }).reduce((sum, scale) => sum + picture.width * picture.height * scale ** 2, 0)
      t.ok(most < 2.6e6, `${picture.width} × ${picture.height}, pixels of the passes`)
    }
  }
})

t.test('a detector of any size takes one pass over ordinary pictures, and a closer one where faces would be too small', async (t) => {
  const reach = { longest: 640, face: 24 }
  t.strictSame(passScales({ width: 500, height: 400 }, reach), [1])
  t.strictSame(passScales({ width: 2000, height: 1500 }, reach), [0.32])
  t.strictSame(passScales({ width: 4000, height: 3000 }, reach), [24 / 140], 'nearly the same scale')
  t.strictSame(passScales({ width: 15_000, height: 1080 }, reach), [24 / 140, 640 / 15_000])
  t.strictSame(passScales({ width: 15_000, height: 1080 }, { ...reach, pyramid: true }), [24 / 140])
})

t.test('a face in several tiles is reported once, at its place, and one that a tile cuts off is not', async (t) => {
  const picture = fromImage({ width: 3000, height: 500, data: new Uint8Array(3000 * 500 * 3) })
  for (const { data } of [await picture.whole()]) for (let y = 200; y < 340; y++) data.fill(255, (y * 3000 + 1400) * 3, (y * 3000 + 1540) * 3)
  /** Reports the white pixels of a canvas, also when they are a part of the square. */
  const find = async ({ image: { width, data } }: Canvas): Promise<Detection[]> => {
    const white = Array.from(data.keys()).filter((i) => i % 3 === 0 && data[i]! > 127).map((i) => i / 3)
    if (white.length === 0) return []
    const [columns, rows] = [white.map((i) => i % width), white.map((i) => Math.floor(i / width))]
    const [x, y] = [Math.min(...columns), Math.min(...rows)]
    return [{ box: { x, y, w: Math.max(...columns) + 1 - x, h: Math.max(...rows) + 1 - y }, landmarks: undefined, score: 0.9 }]
  }
  const sizes: string[] = []
  const [face, ...others] = await withTiles(async () => [], { side: 128, face: 18 }, async (canvas) => {
    sizes.push(`${canvas.width} × ${canvas.height}`)
    return await find(canvas)
  }).detect(picture)
  t.equal(others.length, 0)
  t.ok(sizes.length > 1 && sizes.every((size) => size === '128 × 128'))
  const { x, y, w, h } = face!.box
  t.ok([x - 1400, y - 200, w - 140, h - 140].every((off) => Math.abs(off) < 8), `${x}, ${y}, ${w}, ${h}`)
})
