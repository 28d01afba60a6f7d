import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { decode } from '../../../src/image/decode.ts'
import { openDecoder } from '../../../src/image/decoder/open-decoder.ts'
import { gradient } from '../../fixtures/images.ts'
import { progressiveJpeg } from '../../fixtures/progressive-jpeg.ts'

const LIMIT = 50_000_000
const ENOUGH = { milliseconds: 20_000, memory: 2 ** 30 }

/** Processes of decoders that this process has started. */
const running = (): number => execFileSync('ps', ['-A', '-o', 'ppid=,args=']).toString().split('\n')
  .filter((line) => line.trim().startsWith(`${process.pid} `) && line.includes('decoder-process')).length

t.test('pictures decoded apart are those decoded in place', async (t) => {
  const decoder = openDecoder(() => {})
  t.teardown(decoder.close)
  for (const format of ['jpeg', 'png', 'avif', 'tiff'] as const) {
    const bytes = await gradient(640, 480)[format]().toBuffer()
    for (const size of [undefined, { width: 100, height: 75 }]) {
      const [apart, inPlace] = await Promise.all([decoder.decode(bytes, LIMIT, size, ENOUGH), decode(bytes, LIMIT, size)])
      t.ok(Buffer.from(apart.data).equals(inPlace.data), `${format} of ${apart.width} pixels`)
    }
  }
  t.equal(running(), 1, 'one process for all')
})

t.test('what is broken is told as in place, and the process goes on', async (t) => {
  const decoder = openDecoder(() => {})
  t.teardown(decoder.close)
  const jpeg = await gradient(640, 480).jpeg().toBuffer()
  await t.rejects(decoder.decode(jpeg.subarray(0, jpeg.length >> 1), LIMIT, undefined, ENOUGH), { code: 'image_decode_error' })
  t.equal((await decoder.decode(jpeg, LIMIT, undefined, ENOUGH)).width, 640)
})

t.test('decoding ends at its bounds, and the next picture is decoded', async (t) => {
  const decoder = openDecoder(() => {})
  t.teardown(decoder.close)
  const [endless, jpeg] = [progressiveJpeg(7000, 7000, 700), await gradient(640, 480).jpeg().toBuffer()]
  const begin = performance.now()
  await t.rejects(decoder.decode(endless, LIMIT, undefined, { ...ENOUGH, milliseconds: 500 }), { code: 'image_too_large', message: /1 s and 1024 MB/ })
  t.ok(performance.now() - begin < 4_000)
  await t.rejects(decoder.decode(endless, LIMIT, undefined, { ...ENOUGH, memory: 2 ** 24 }), { code: 'image_too_large' })
  t.equal((await decoder.decode(jpeg, LIMIT, undefined, ENOUGH)).width, 640)
})

t.test('decoding ends when nobody waits for it any more', async (t) => {
  let isWanted = true
  const decoder = openDecoder(() => { if (!isWanted) throw new Error('nobody waits') })
  t.teardown(decoder.close)
  const decoding = decoder.decode(progressiveJpeg(7000, 7000, 700), LIMIT, undefined, ENOUGH)
  await sleep(300)
  isWanted = false
  await t.rejects(decoding, { message: 'nobody waits' })
  await sleep(100)
  t.equal(running(), 0)
  isWanted = true
  t.equal((await decoder.decode(await gradient(64, 48).png().toBuffer(), LIMIT, undefined, ENOUGH)).width, 64)
})
