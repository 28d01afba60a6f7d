/** One photo in every container, colour model, depth, orientation and size is the same face at the same place. */
import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import t, { type Test } from 'tap'
import { cosine } from '../src/match/distance.ts'
import { buildReal, SAMPLES } from './real.ts'

const CONTAINERS: Record<string, (image: Sharp) => Sharp> = {
  JPEG: (image) => image.jpeg({ quality: 92 }),
  'progressive JPEG': (image) => image.jpeg({ quality: 92, progressive: true }),
  'JPEG without subsampling': (image) => image.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }),
  'CMYK JPEG': (image) => image.toColourspace('cmyk').jpeg({ quality: 92 }),
  '16-bit PNG': (image) => image.toColourspace('rgb16').png(),
  'interlaced PNG': (image) => image.png({ progressive: true }),
  'PNG with a palette': (image) => image.png({ palette: true, colours: 256 }),
  'PNG with alpha 0': (image) => image.ensureAlpha(0).png(),
  WebP: (image) => image.webp({ quality: 90 }),
  'WebP with alpha 0': (image) => image.ensureAlpha(0).webp({ lossless: true, exact: true }),
  GIF: (image) => image.gif(),
  AVIF: (image) => image.avif({ quality: 80 }),
  'AVIF with alpha 0': (image) => image.ensureAlpha(0).avif({ quality: 80 }),
  'LZW TIFF': (image) => image.tiff({ compression: 'lzw' }),
  'tiled TIFF': (image) => image.tiff({ compression: 'deflate', tile: true }),
  'JPEG TIFF': (image) => image.tiff({ compression: 'jpeg', quality: 92 }),
  '16-bit TIFF': (image) => image.toColourspace('rgb16').tiff({ compression: 'lzw' }),
  'TIFF with alpha 0': (image) => image.ensureAlpha(0).tiff({ compression: 'lzw' }),
  'CMYK TIFF': (image) => image.toColourspace('cmyk').tiff({ compression: 'lzw' }),
  'JPEG in Display P3': (image) => image.withIccProfile('p3').jpeg({ quality: 92 })
}

const GREY: Record<string, (image: Sharp) => Sharp> = {
  'grey JPEG': (image) => image.jpeg({ quality: 92 }),
  'grey 16-bit PNG': (image) => image.toColourspace('grey16').png(),
  'grey PNG with alpha 0': (image) => image.ensureAlpha(0).png(),
  'grey TIFF': (image) => image.tiff({ compression: 'lzw' })
}

/** Containers and colours that keep no pixel as it was. */
const LOSSY = /JPEG|palette|WebP$|WebP,|GIF|AVIF|CMYK/

/** Stores upright pixels as a camera does that writes this EXIF orientation. sharp mirrors before it rotates. */
const STORED: Record<number, (image: Sharp) => Sharp> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  4: (image) => image.flip(),
  5: (image) => image.rotate(270).flop(),
  6: (image) => image.rotate(270),
  7: (image) => image.rotate(90).flop(),
  8: (image) => image.rotate(90)
}

t.test('the same face in every container', async (t) => {
  const service = await buildReal(t, { COLLECTIONS_URL: 'none' })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const { origin } = service
  // One woman of four.
  const photo = await sharp(await readFile(new URL('sample6.jpg', SAMPLES))).extract({ left: 480, top: 150, width: 560, height: 700 }).png().toBuffer()

  async function faceOf (bytes: Uint8Array) {
    const form = new FormData()
    form.set('img', new Blob([Uint8Array.from(bytes)]))
    form.set('max_faces', '1')
    const answer: any = await (await fetch(`${origin}/api/v1/represent`, { method: 'POST', body: form })).json()
    const { x, y, w, h } = answer.result?.[0].facial_area ?? {}
    return { message: answer.message as string, box: [x, y, x + w, y + h] as number[], embedding: answer.result?.[0].embedding as number[] | undefined }
  }
  const plainFace = async (image: Sharp) => {
    const { box, embedding } = await faceOf(await image.png().toBuffer())
    return { box, embedding: embedding! }
  }

  /** Compares with the plain copy. Its box is the same to two pixels; where pixels are not, to 4 % of its width. */
  async function isSame (t: Test, name: string, file: Sharp, plain: Awaited<ReturnType<typeof plainFace>>, width: number): Promise<unknown> {
    const { message, box, embedding } = await faceOf(await file.toBuffer())
    if (!embedding) return t.fail(`${name}: ${message}`)
    const off = Math.max(...box.map((edge, i) => Math.abs(edge - plain.box[i]!)))
    const distance = cosine(embedding, plain.embedding)
    t.ok(distance < 0.05, `${name}: distance ${distance.toFixed(4)}`)
    const most = LOSSY.test(name) ? 0.04 * (plain.box[2]! - plain.box[0]!) : 2 * Math.max(1, width / 480)
    return t.ok(off <= most, `${name}: box off by ${off} pixels`)
  }

  for (const width of [400, 600, 1600]) {
    t.test(`${width} pixels wide`, async (t) => {
      const image = sharp(await sharp(photo).resize({ width }).png().toBuffer())
      const grey = sharp(await image.clone().greyscale().png().toBuffer())
      const [plain, plainGrey] = [await plainFace(image.clone()), await plainFace(grey.clone())]
      for (const [name, encode] of Object.entries(CONTAINERS)) await isSame(t, name, encode(image.clone()), plain, width)
      for (const [name, encode] of Object.entries(GREY)) await isSame(t, name, encode(grey.clone()), plainGrey, width)
    })
  }

  t.test('turned by EXIF', async (t) => {
    const image = sharp(await sharp(photo).resize({ width: 600 }).png().toBuffer())
    const plain = await plainFace(image.clone())
    for (const [orientation, store] of Object.entries(STORED)) {
      const stored = sharp(await store(image.clone()).png().toBuffer()).withMetadata({ orientation: Number(orientation) })
      const files = { JPEG: stored.clone().jpeg(), PNG: stored.clone().png(), WebP: stored.clone().webp(), TIFF: stored.clone().tiff() }
      for (const [name, file] of Object.entries(files)) {
        await isSame(t, `${name}, orientation ${orientation}`, file, plain, 600)
      }
    }
  })
})
