import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import t from 'tap'
import { cosine } from '../src/match/distance.ts'
import { buildReal, SAMPLES } from './real.ts'

/** Groups of five and four, everybody in sight; the second is seen from all sides too, which takes long. */
const PHOTOS = ['sample5.jpg', 'sample6.jpg']
const TILTS = [15, -15, 30, -30, 45, -45]
/** Rotations at which no detector finds the faces without help. */
const LYING = [60, -60, 90, 180]

const upright = await Promise.all(PHOTOS.map(async (name) => sharp(await readFile(new URL(name, SAMPLES))).resize(1200, 1200, { fit: 'inside' }).png().toBuffer()))
const turned = async (photo: Buffer, degrees: number): Promise<string> =>
  (await sharp(photo).rotate(degrees, { background: '#705040' }).jpeg({ quality: 95 }).toBuffer()).toString('base64')

t.test('people in turned photos', async (t) => {
  const known: Float32Array[][] = []
  for (const rotated of [false, true]) {
    await t.test(rotated ? 'with DETECT_ROTATED' : 'as the service is', async (t) => {
      const service = await buildReal(t, { DETECT_ROTATED: `${rotated}`, PRELOAD_MODELS: 'SFace,retinaface', WORKERS: '1', COLLECTIONS_URL: 'none', REQUEST_TIMEOUT_MS: '250000', LOG_LEVEL: 'silent' })
      if (typeof service === 'string') return t.pass('needs weights', { skip: service })
      const post = async (path: string, payload: object): Promise<any> => (await service.app.inject({ method: 'POST', url: `/api/v1/${path}`, payload })).json()
      const see = async (photo: Buffer, degrees: number): Promise<Float32Array[]> =>
        (await post('represent', { img: await turned(photo, degrees) })).result.map(({ embedding }: any) => Float32Array.from(embedding))

      for (const [i, photo] of upright.entries()) {
        if (rotated && i === 0) continue
        const people = await see(photo, 0)
        known[i] ??= people
        t.equal(people.length, known[i]!.length)
        t.ok(known[i]!.every((person) => people.some((face) => cosine(person, face) < 0.1)), 'an upright face has much the same vector either way')
        for (const degrees of rotated ? [...TILTS, ...LYING] : TILTS) {
          const faces = await see(photo, degrees)
          const again = people.filter((person) => faces.some((face) => cosine(person, face) < 0.3))
          t.equal(again.length, people.length, `${PHOTOS[i]} turned by ${degrees}°: everybody is seen, and looks the same`)
        }
      }
      for (const degrees of [-45, 45]) {
        t.match(await post('verify', { img1: await turned(upright[1]!, degrees), img2: upright[1]!.toString('base64') }), { verified: true }, `verify, ${degrees}°`)
      }
    })
  }
})
