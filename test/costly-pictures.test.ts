import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import t from 'tap'
import { buildReal, SAMPLES } from './real.ts'
import { avifGrid } from './fixtures/avif-grid.ts'
import { progressiveJpeg } from './fixtures/progressive-jpeg.ts'

const SIDE = 7000
const plain = () => sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: { r: 120, g: 90, b: 60 } } })

t.test('pictures that cost more than they seem to', { timeout: 120_000 }, async (t) => {
  // As in a container of 1 GB.
  const service = await buildReal(t, { COLLECTIONS_URL: 'none', WORKERS: '2', IMAGES_MAX_MEMORY_MB: '256' })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const photo = await readFile(new URL('sample1.jpg', SAMPLES))
  const { origin } = service

  async function ask (image: Buffer, fields: Record<string, string> = {}) {
    const form = new FormData()
    form.set('img', new Blob([Uint8Array.from(image)]))
    form.set('enforce_detection', 'false')
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const begin = performance.now()
    const response = await fetch(`${origin}/api/v1/represent`, { method: 'POST', body: form })
    return { status: response.status, seconds: (performance.now() - begin) / 1000, ...await response.json() as { error_code?: string, message?: string } }
  }

  const refused = {
    'a progressive JPEG of 700 scans': progressiveJpeg(SIDE, SIDE, 700),
    'a grid of 256 large tiles': await avifGrid({ tile: SIDE, across: 16, side: SIDE }),
    'the same, which states a small picture': await avifGrid({ tile: SIDE, across: 16, side: 300 }),
    'an AVIF of 50 megapixels': await plain().avif({ effort: 0 }).toBuffer(),
    'an interlaced PNG with 16 bits': await plain().toColourspace('rgb16').png({ progressive: true }).toBuffer()
  }
  for (const [name, image] of Object.entries(refused)) {
    t.test(`${name} is refused at once`, async (t) => {
      const answers = await Promise.all([ask(image), ask(image), ask(image, { pipeline: 'deepface', detector_backend: 'opencv' })])
      for (const { status, seconds, message } of answers) {
        t.match({ status, message }, { status: 413, message: /^Decoding the image would take about \d+ (s|MB); the limit is / })
        // Decoding would take 86 s; on a busy machine the header alone once took 4.7.
        t.ok(seconds < 10, `${seconds} s`)
      }
    })
  }

  t.test('tiles that are larger than the file states end their decoding', async (t) => {
    const { status, error_code: code } = await ask(await avifGrid({ tile: SIDE, across: 8, side: 512, stated: 64 }))
    t.ok([400, 413].includes(status), `${status} ${code}`)
  })

  t.test('large pictures that cost little are answered, three at once', async (t) => {
    const images = [
      await plain().jpeg().toBuffer(), await plain().png().toBuffer(),
      await plain().withMetadata({ orientation: 6 }).jpeg().toBuffer()
    ]
    for (const { status, message } of await Promise.all(images.map((image) => ask(image)))) t.equal(status, 200, message ?? 'answered')
  })

  t.test('a large photo is the same in every container', async (t) => {
    const large = sharp(photo).resize({ width: 2400 })
    const encoders = [large.jpeg(), large.jpeg({ progressive: true }), large.png(), large.tiff(), large.avif(), large.webp()]
    const embeddings = await Promise.all(encoders.map(async (encoded) => {
      const answer = await ask(await encoded.clone().toBuffer()) as { status: number, result?: Array<{ embedding: number[] }> }
      return answer.result![0]!.embedding
    }))
    const [first] = embeddings
    for (const [i, embedding] of embeddings.entries()) {
      const cosine = embedding.reduce((sum, value, j) => sum + value * first![j]!, 0) / Math.hypot(...embedding) / Math.hypot(...first!)
      t.ok(cosine > 0.95, `${i}: ${cosine}`)
    }
  })

  t.equal((await ask(photo)).status, 200, 'the workers are there')
})
