import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { cosine } from '../../src/match/distance.ts'
import { type Box, iou } from '../../src/math/box.ts'
import { file, openService, skip } from './cases.ts'

const REPRESENT = '/api/v1/represent'

t.test('pictures', { skip }, async (t) => {
  const service = await openService(t, { COLLECTIONS_URL: 'none' })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const { send } = service
  const png = async (image: Sharp) => Uint8Array.from(await image.png().toBuffer())
  const opaque = async (name: string) => await png(sharp(await file(name)).removeAlpha())
  const resized = async (side: number) => await png(sharp(await file('enrol.jpg')).resize(side))

  const plainCopies: Record<string, ReadonlyArray<readonly [name: string, plain: () => Promise<Uint8Array<ArrayBuffer>>]>> = {
    'alpha-dropped-or-not-by-size': [
      ['alpha0-504x672.png', () => file('alpha0-504x672.opaque.png')],
      ['alpha0-600x800.avif', () => opaque('alpha0-600x800.avif')],
      ['alpha0-360x480.png', () => opaque('alpha0-360x480.png')]
    ],
    'tiff-ycbcr-not-jpeg': [['ycbcr-lzw.tif', () => resized(240)]],
    'tiff-orientation-0': [['tiff-orientation-0.tif', () => resized(220)]],
    'tiff-lab-8-bit': [['tiff-lab8.tif', () => resized(240)]],
    'jpeg-without-eoi': [['jpeg-without-eoi.jpg', () => file('enrol.jpg')]],
    'avif-sequence': [['animated.avif', () => resized(200)]],
    'bmp-rle8-end-of-line-after-last-row': [['rle8-eol-after-last-row.bmp', () => file('rle8-control.bmp')]]
  }
  for (const [id, files] of Object.entries(plainCopies)) {
    t.test(id, async (t) => {
      for (const [name, plain] of files) {
        const [answer, expected] = [await send(REPRESENT, await file(name)), await send(REPRESENT, await plain())]
        t.match([answer.status, expected.status], [200, 200], answer['message'] ?? name)
        const distance = cosine(answer['result'][0].embedding, expected['result'][0].embedding)
        t.ok(distance < 0.05, `${name} has the face of its plain copy: distance ${distance}`)
      }
    })
  }

  t.test('tiff-zstd-message', async (t) => {
    t.match(await send(REPRESENT, await file('tiff-zstd.tif')), { status: 400, error_code: 'image_decode_error', message: /Zstandard/ })
  })

  t.test('crops-of-wide-gamut', async (t) => {
    const plain = sharp(await file('enrol.jpg'))
    const crop = async (image: Uint8Array<ArrayBuffer>) => {
      const { result } = await send('/api/v1/extract_faces', image)
      return (await sharp(Buffer.from(result[0].face_base64.replace(/^data:[^,]*,/, ''), 'base64')).stats()).channels.map(({ mean }) => mean)
    }
    const [expected, converted] = [await crop(await png(plain.clone())), await crop(await png(plain.clone().withIccProfile('p3')))]
    for (const [i, mean] of converted.entries()) t.ok(Math.abs(mean - expected[i]!) < 1.5, `${mean} and ${expected[i]}`)
  })

  for (const [id, name, place] of [
    ['long-screenshot', 'screenshot-1080x15000.jpg', { x: 178, y: 9047, w: 138, h: 178 }],
    ['yunet-small-face-landmarks', 'group-4000x3000.jpg', { x: 3077, y: 1548, w: 138, h: 172 }]
  ] as ReadonlyArray<readonly [id: string, name: string, place: Box]>) {
    t.test(id, async (t) => {
      const known: number[][] = []
      for (const detector of ['retinaface', 'yunet', 'yunet-mesh', 'mediapipe', 'centerface', 'ssd', 'opencv', 'mtcnn', 'fastmtcnn']) {
        const { count, error_code: code, message, result } = await send(REPRESENT, await file(name), { detector_backend: detector })
        if (code === 'model_unavailable') {
          t.pass(`${detector} needs weights`, { skip: message })
          continue
        }
        t.equal(count, 1, `${detector} on ${name}`)
        t.ok(iou(result[0].facial_area, place) > 0.5, `${detector} at the right place`)
        known.push(result[0].embedding)
        t.ok(cosine(known[0]!, result[0].embedding) < 0.1, `${detector} and the first one see the same face`)
      }
    })
  }
})
