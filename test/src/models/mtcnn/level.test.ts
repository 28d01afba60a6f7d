import t from 'tap'
import { bands, levelOf, STRIDE, WINDOW } from '../../../../src/models/mtcnn/level.ts'

/** First rows of PNet's windows in a band; the last window may lack a row where the level ends. */
const rows = ({ start, end }: { start: number, end: number }): number[] =>
  Array.from({ length: Math.ceil((end - start - 2) / STRIDE) - 4 }, (_, i) => start + STRIDE * i)

t.test('every window of a level is in exactly one band, in order', async (t) => {
  for (const height of [12, 13, 57, 58, 59, 60, 1001, 4000]) {
    const whole = { width: 20_000, height, x: { start: 0, end: 20_000 }, y: { start: 0, end: height } }
    const found = bands(whole)
    t.strictSame(found.flatMap(({ y }) => rows(y)), rows(whole.y), `${height} rows`)
    t.equal(found.length > 1, height > 50)
  }
})

t.test('a level contains every window that sees a part of the picture inside its border', async (t) => {
  for (const side of [9, 20, 33, 100]) {
    const image = { width: side, height: side, data: new Uint8Array(0) }
    const margin = Math.trunc(side / 2)
    for (const scaled of [12, 13, 21, 50, 99]) {
      const { x } = levelOf({ width: side + 2 * margin, height: side + 2 * margin, left: margin, top: margin, image }, scaled, scaled)
      const pixels = (i: number): number => i * (side + 2 * margin) / scaled
      const seeing = rows({ start: 0, end: scaled }).filter((first) => pixels(first + WINDOW) > margin && pixels(first) < margin + side)
      t.equal(x.start % STRIDE, 0)
      t.ok(x.end - x.start >= WINDOW)
      t.ok(seeing.every((first) => rows(x).includes(first)), `${side} at ${scaled}`)
    }
  }
})
