import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { convert } from '../../../../src/converter/convert.ts'
import type { Box } from '../../../../src/math/box.ts'
import { cards } from '../../../../src/models/minifasnet/cards.ts'
import { contextCorners, cropContext, SCALES } from '../../../../src/models/minifasnet/crop-context.ts'
import { minifasnet } from '../../../../src/models/minifasnet/minifasnet.ts'
import { graphConversion, partsOf } from '../../../../src/models/model-files.ts'
import { swapRedBlue } from '../../../../src/models/swap-red-blue.ts'
import { openSession, type Session } from '../../../../src/onnx/session.ts'
import { golden, missing as missingRecords, photo, sha256 } from '../../../golden.ts'
import { missing, shared } from '../../../references.ts'

interface Net { readonly crop_box_x1y1x2y2: readonly number[], readonly input_sha256_u8: string }
interface Face { readonly facial_area: Box, readonly is_real: boolean, readonly antispoof_score: number, readonly first: Net, readonly second: Net }
interface Call { readonly image: string, readonly faces?: readonly Face[] }

const nets = partsOf(cards[0])
const files = nets.map(({ files: [file] }) => shared(`weights/minifasnet/${file!.name}`))

async function open (t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'minifasnet-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [v2, v1se] = await Promise.all(nets.map(async (card, i): Promise<Session> => {
    const path = join(folder, card.name)
    writeFileSync(path, convert(graphConversion(card), new Map([[card.files[0]!.name, files[i]!]])))
    const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
    t.teardown(() => session.close())
    return session
  }))
  return minifasnet({ v2: v2!, v1se: v1se! })
}

t.test('verdicts on prints, screens and faces are DeepFace’s, scores within 0.001', { skip: missingRecords || missing(...files) }, async (t) => {
  const { checkLiveness } = await open(t)
  const calls = golden<readonly Call[]>('antispoof.json').filter(({ image, faces }) => faces && faces.length > 0 && /spoof|couple|img6|img44/.test(image))
  t.ok(calls.flatMap(({ faces }) => faces!).some(({ is_real: isReal }) => isReal))
  for (const { image, faces } of calls) {
    const pixels = await photo(image)
    const found = await checkLiveness(pixels, faces!.map(({ facial_area: box }) => box))
    for (const [i, { facial_area: box, is_real: isReal, antispoof_score: score, first, second }] of faces!.entries()) {
      t.equal(found[i]!.isReal, isReal, image)
      t.ok(Math.abs(found[i]!.score - score) < 1e-3, `${image}: ${found[i]!.score} instead of ${score}`)
      for (const [scale, net] of [[SCALES.v2, first], [SCALES.v1se, second]] as const) {
        const { x1, y1, x2, y2 } = contextCorners(box, scale, pixels)
        t.strictSame([x1, y1, x2, y2], net.crop_box_x1y1x2y2)
        t.equal(sha256(swapRedBlue(cropContext(pixels, box, scale).data)), net.input_sha256_u8, `${image}: the pixels of the crop`)
      }
    }
  }
})

t.test('the crop stays inside the picture, even for a box of size 0 or less', async (t) => {
  t.strictSame(contextCorners({ x: 90, y: 90, w: 10, h: 10 }, 4, { width: 100, height: 100 }), { x1: 59, y1: 59, x2: 99, y2: 99 })
  t.strictSame(contextCorners({ x: 0, y: 0, w: 100, h: 50 }, 4, { width: 100, height: 200 }), { x1: 0, y1: 0, x2: 99, y2: 49 })
  t.strictSame(contextCorners({ x: 5, y: 5, w: 0, h: -3 }, 4, { width: 100, height: 100 }), { x1: 3, y1: 3, x2: 7, y2: 7 })
})

t.test('without faces no network runs', async (t) => {
  const never: Session = { run: async () => { throw new Error('ran') }, close: async () => {} }
  const { checkLiveness } = minifasnet({ v2: never, v1se: never })
  t.strictSame(await checkLiveness({ width: 1, height: 1, data: new Uint8Array(3) }, []), [])
})

t.test('the larger sum of both softmaxes decides, and half of it is the score', async (t) => {
  const answering = (...values: number[]): Session => ({
    run: async (_, [n]) => new Map([['probabilities', { dims: [n, 3], data: Float32Array.from({ length: 3 * n }, (_, i) => values[i % 3]!) }]]),
    close: async () => {}
  })
  const image = { width: 10, height: 10, data: new Uint8Array(300) }
  const box = { x: 2, y: 2, w: 4, h: 4 }
  const real = minifasnet({ v2: answering(0.75, 0.25, 0), v1se: answering(0, 0.75, 0.25) })
  t.strictSame(await real.checkLiveness(image, [box, box]), [{ isReal: true, score: 0.5 }, { isReal: true, score: 0.5 }])
  const fake = minifasnet({ v2: answering(0, 0.25, 0.75), v1se: answering(0, 0.5, 0.5) })
  t.strictSame(await fake.checkLiveness(image, [box]), [{ isReal: false, score: 0.625 }])
})
