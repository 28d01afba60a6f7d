import t from 'tap'
import { fromImage } from '../../../src/image/picture.ts'
import { quarterTurned } from '../../../src/image/turned.ts'
import { apply, turning } from '../../../src/math/affine.ts'

t.test('a rotated picture has the same pixels, each where the rotation moves it', async (t) => {
  const [width, height] = [5, 3]
  const image = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i) }
  for (const quarters of [1, 2, 3] as const) {
    const view = quarterTurned(fromImage(image), quarters)
    const out = await view.whole()
    t.strictSame([view.width, view.height], quarters === 2 ? [5, 3] : [3, 5])
    t.strictSame([out.width, out.height], [view.width, view.height])
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [u, v] = apply(turning(quarters, width, height), [x, y])
        const [to, from] = [(v * out.width + u) * 3, (y * width + x) * 3]
        t.strictSame([...out.data.subarray(to, to + 3)], [...image.data.subarray(from, from + 3)])
      }
    }
    const small = await view.at(0.2)
    t.ok(small.width < view.width && small.height < view.height)
  }
})
