import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { env } from 'node:process'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { cosine } from '../src/match/distance.ts'
import { buildReal, SAMPLES } from './real.ts'
import { sharedPath } from './shared.ts'

const WEIGHTS = sharedPath('weights')
const SETTINGS = {
  MODELS_MIRROR: existsSync(WEIGHTS) ? WEIGHTS : undefined,
  PRELOAD_MODELS: 'SFace,yunet-int8bq,face-mesh',
  DEFAULT_DETECTOR: 'yunet-mesh',
  WORKERS: '1',
  COLLECTIONS_URL: 'none',
  REQUEST_TIMEOUT_MS: '250000',
  LOG_LEVEL: 'silent'
}

/** A square of a sample photo that shows a woman in profile, and nobody else. */
const PROFILE = { left: 210, top: 60, width: 480, height: 480 }

t.test('heads in profile over HTTP', async (t) => {
  const service = await buildReal(t, SETTINGS)
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const post = async (path: string, body: object): Promise<any> => {
    const response = await fetch(`${service.origin}/api/v1/${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    return await response.json()
  }
  const portrait = await sharp(await sharp(await readFile(new URL('sample2.jpg', SAMPLES))).rotate().png().toBuffer()).extract(PROFILE).png().toBuffer()
  const base64 = async (image: Sharp): Promise<string> => (await image.png().toBuffer()).toString('base64')
  const own = await base64(sharp(portrait))
  const mirrored = await base64(sharp(portrait).flop())
  const tilted = async (degrees: number): Promise<string> => await base64(sharp(portrait).rotate(degrees, { background: '#705040' }))
  const embeddingOf = async (img: string): Promise<Float32Array> => {
    const { result } = await post('represent', { img })
    t.equal(result.length, 1)
    return Float32Array.from(result[0].embedding)
  }

  t.ok(Math.abs((await post('detect', { img: own, include: ['pose'] })).result[0].pose.yaw) > 45, 'the photo shows a profile')
  const known = await embeddingOf(own)
  t.strictSame(await embeddingOf(own), known)
  const cos = cosine(known, await embeddingOf(mirrored))
  t.ok(cos < 0.15, `its mirror image: ${cos}`)
  t.match(await post('verify', { img1: own, img2: mirrored }), { verified: true })
  for (const degrees of [-45, -30, -15, 15, 30, 45]) {
    const distance = cosine(known, await embeddingOf(await tilted(degrees)))
    t.ok(distance < 0.2, `tilted by ${degrees}°: ${distance}`)
  }
})

t.test('without the network for turned faces every request with yunet-mesh is refused, whatever its photo shows', async (t) => {
  const folder = resolve(env['MODELS_PATH'] ?? 'onnx-models')
  const [own, none] = [t.testdir({ models: {}, mirror: {} }), 'models']
  // Everything else that the service has fetched is at hand.
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'sources' && !name.startsWith('centerface')) : []
  for (const name of files) symlinkSync(join(folder, name), join(own, none, name))
  const service = await buildReal(t, { ...SETTINGS, PRELOAD_MODELS: 'SFace,face-mesh', MODELS_PATH: join(own, none), MODELS_MIRROR: join(own, 'mirror'), MODELS_OFFLINE: 'true' })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const img = (await readFile(new URL('sample6.jpg', SAMPLES))).toString('base64')
  const post = async (path: string, body: object) => {
    const response = await service.app.inject({ method: 'POST', url: `/api/v1/${path}`, payload: body })
    return { status: response.statusCode, ...response.json() as object }
  }
  const refused = { status: 503, error_code: 'model_unavailable', message: /centerface/ }
  t.match(await post('represent', { img }), refused)
  t.match(await post('verify', { img1: img, img2: img }), refused)
})
