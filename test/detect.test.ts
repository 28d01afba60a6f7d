import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { buildReal, SAMPLES } from './real.ts'
import { sharedPath } from './shared.ts'

const WEIGHTS = sharedPath('weights')

/** A woman's face among others: the photo, and a point in her face. */
const SMILING = ['sample3.jpg', 1629, 474] as const
const CLOSED_EYES = ['sample1.jpg', 915, 592] as const
const OPEN_MOUTH = ['sample5.jpg', 740, 568] as const

const readPhoto = (name: string): Promise<Buffer> => readFile(new URL(name, SAMPLES))
const around = (x: number, y: number) => ({ facial_area: { x: left, y: top, w, h } }: any): boolean => x > left && x < left + w && y > top && y < top + h

t.test('detect, and include elsewhere, on real photos over HTTP', async (t) => {
  const service = await buildReal(t, {
    IMAGES_ROOT: fileURLToPath(SAMPLES),
    MODELS_MIRROR: existsSync(WEIGHTS) ? WEIGHTS : undefined,
    PRELOAD_MODELS: 'SFace,yunet-int8bq,face-mesh',
    WORKERS: '1',
    COLLECTIONS_URL: `sqlite:${join(t.testdir({}), 'visage.db')}`,
    REQUEST_TIMEOUT_MS: '250000',
    LOG_LEVEL: 'silent'
  })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const answerOf = async (response: Response): Promise<any> => ({ status: response.status, ...await response.json() as object })
  const post = async (path: string, body: object): Promise<any> =>
    await answerOf(await fetch(`${service.origin}/api/v1/${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }))

  t.test('boxes and confidences are those of extract_faces, points too where a mesh is asked for, whatever way the photo comes', async (t) => {
    const group = await readPhoto('sample6.jpg')
    const form = new FormData()
    form.append('img', new Blob([group]))
    const { result: crops } = await post('extract_faces', { img: 'sample6.jpg' })
    const refined = crops.map(({ facial_area: area, confidence }: any) => ({ facial_area: area, confidence }))
    const posed = (await post('detect', { img: 'sample6.jpg', include: ['pose'] })).result
    t.strictSame(posed.map(({ facial_area: area, confidence }: any) => ({ facial_area: area, confidence })), refined)
    const { result, ...counts } = await post('detect', { img: 'sample6.jpg' })
    t.strictSame(counts, { status: 200, success: true, count: 4 })
    for (const [i, { facial_area: { x, y, w, h, nose }, confidence }] of result.entries()) {
      const { facial_area: area, confidence: sure } = refined[i]
      t.strictSame([x, y, w, h, confidence], [area.x, area.y, area.w, area.h, sure])
      t.ok(Math.hypot(nose[0] - area.nose[0], nose[1] - area.nose[1]) < 0.2 * w, 'by other landmarks')
    }
    const expected = { ...counts, result }
    t.strictSame(await post('detect', { img: group.toString('base64') }), expected)
    t.strictSame(await answerOf(await fetch(`${service.origin}/api/v1/detect`, { method: 'POST', body: form })), expected)
    t.strictSame((await post('detect', { img: 'sample6.jpg', max_faces: 2 })).result, result.slice(0, 2))
    const sure = (await post('detect', { img: 'sample5.jpg' })).result.map(({ confidence }: any) => confidence)
    const bound = [...sure].sort((a, b) => a - b)[1]!
    const above = (await post('detect', { img: 'sample5.jpg', min_confidence: bound })).result
    t.strictSame(above.map(({ confidence }: any) => confidence), sure.filter((confidence: number) => confidence >= bound))
    t.equal(above.length, sure.length - 1)
  })

  t.test('a picture without a face is an empty list, or an error where that is asked', async (t) => {
    const img = (await sharp({ create: { width: 300, height: 200, channels: 3, background: '#88a' } }).png().toBuffer()).toString('base64')
    t.strictSame(await post('detect', { img, include: ['mesh', 'pose', 'expression'] }), { status: 200, success: true, count: 0, result: [] })
    t.match(await post('detect', { img, enforce_detection: true }), { status: 422, error_code: 'no_face_detected' })
  })

  t.test('a mesh lies on its face, in the pixels of the picture', async (t) => {
    const { result } = await post('detect', { img: 'sample6.jpg', include: ['mesh'] })
    t.equal(result.length, 4)
    for (const { mesh, facial_area: { x, y, w, h, nose, left_eye: eye, mouth_right: mouth }, ...others } of result) {
      t.strictSame(Object.keys(others), ['confidence'], 'nothing that was not asked')
      t.equal(mesh.length, 478)
      t.ok(mesh.flat().every((value: number) => Number.isFinite(value) && value === Math.round(value * 100) / 100))
      t.ok(mesh.every((point: number[]) => point.length === 3))
      t.ok(mesh.every(([px, py]: number[]) => px! > x - w / 2 && px! < x + 1.5 * w && py! > y - h / 2 && py! < y + 1.5 * h))
      // MediaPipe's numbers of the tip of the nose, the iris of the person's left eye, and the right corner of the mouth.
      for (const [i, point] of [[4, nose], [473, eye], [61, mouth]] as const) {
        t.ok(Math.hypot(mesh[i][0] - point[0], mesh[i][1] - point[1]) < 0.12 * w, `point ${i}`)
      }
      t.ok(mesh[4][2] < mesh[234][2] && mesh[4][2] < mesh[454][2], 'the nose is nearer than the ears')
    }
  })

  t.test('pose is in degrees, and changes its signs with the picture', async (t) => {
    const photo = sharp(await readPhoto('sample3.jpg')).rotate()
    const { info: { width } } = await photo.clone().raw().toBuffer({ resolveWithObject: true })
    const [, x, y] = SMILING
    const poseIn = async (img: string, isFace: (face: object) => boolean) => (await post('detect', { img, include: ['pose'] })).result.find(isFace).pose
    const own = await poseIn('sample3.jpg', around(x, y))
    const mirrored = await poseIn((await photo.clone().flop().png().toBuffer()).toString('base64'), around(width - x, y))
    t.ok(Math.abs(own.yaw + mirrored.yaw) < 4, `yaw ${own.yaw} and ${mirrored.yaw}`)
    t.ok(Math.abs(own.roll + mirrored.roll) < 3, `roll ${own.roll} and ${mirrored.roll}`)
    t.ok(Math.abs(own.pitch - mirrored.pitch) < 4, `pitch ${own.pitch} and ${mirrored.pitch}`)
    const [left, top] = [x - 250, y - 250]
    const head = await photo.clone().extract({ left, top, width: 500, height: 500 }).png().toBuffer()
    const tilted = (await sharp(head).rotate(-20, { background: '#777' }).png().toBuffer()).toString('base64')
    const { result: [face] } = await post('detect', { img: tilted, include: ['pose'], max_faces: 1 })
    t.ok(Math.abs(face.pose.roll - own.roll - 20) < 4, `turned by 20° anticlockwise, the roll goes from ${own.roll} to ${face.pose.roll}`)
    t.equal(face.pose.yaw, Math.round(face.pose.yaw * 10) / 10)
  })

  t.test('expressions are those of the photos', async (t) => {
    const seen = async ([img, x, y]: readonly [string, number, number]) => (await post('detect', { img, include: ['expression'] })).result.find(around(x, y)).expression
    t.match(await seen(SMILING), { eyes: 'open', smile: true, gaze: /^(left|ahead|right)$/ })
    t.match(await seen(CLOSED_EYES), { eyes: /^(closed|unknown)$/, mouth_open: false })
    t.match(await seen(OPEN_MOUTH), { eyes: 'open', mouth_open: true, smile: false })
  })

  const [, smilingX, smilingY] = SMILING
  /** The head of one woman, as PNG, after `change`. */
  const headOf = async (change: (head: Sharp) => Sharp = (head) => head): Promise<string> => {
    const head = await sharp(await readPhoto('sample3.jpg')).rotate().extract({ left: smilingX - 280, top: smilingY - 280, width: 560, height: 560 }).png().toBuffer()
    return (await change(sharp(head)).png().toBuffer()).toString('base64')
  }

  t.test('quality falls with what spoils a photo', async (t) => {
    const qualityOf = async (img: string, path = 'detect') => (await post(path, { img, include: ['quality'], max_faces: 1 })).result[0].quality
    const plain = await qualityOf(await headOf())
    t.equal(Object.keys(plain).length, 17)
    for (const [name, value] of Object.entries(plain)) t.ok(name === 'recognition' || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100), `${name} ${value}`)
    t.match(plain, { recognition: 'high', single_face_present: 100 })
    const blurred = await qualityOf(await headOf((head) => head.blur(12)))
    t.ok(blurred.sharpness < plain.sharpness / 2, `sharpness ${plain.sharpness}, blurred ${blurred.sharpness}`)
    t.ok(Math.abs(blurred.head_pose_yaw - plain.head_pose_yaw) < 10)
    const dark = await qualityOf(await headOf((head) => head.linear(0.1, 0)))
    t.ok(dark.under_exposure_prevention < plain.under_exposure_prevention - 50, `under-exposure ${plain.under_exposure_prevention}, dark ${dark.under_exposure_prevention}`)
    t.ok(dark.dynamic_range < plain.dynamic_range - 20)
    const light = await qualityOf(await headOf((head) => head.linear(2, 0)))
    t.ok(light.over_exposure_prevention < plain.over_exposure_prevention - 50, `over-exposure ${plain.over_exposure_prevention}, light ${light.over_exposure_prevention}`)
    const small = await qualityOf(await headOf((head) => head.resize({ width: 200 })))
    t.ok(small.inter_eye_distance < plain.inter_eye_distance - 20)
    const tilted = await qualityOf(await headOf((head) => head.rotate(-40, { background: '#777' })))
    t.ok(tilted.head_pose_roll < plain.head_pose_roll - 20, `roll ${plain.head_pose_roll}, tilted ${tilted.head_pose_roll}`)
    const { result: [{ facial_area: { y, h } }] } = await post('detect', { img: await headOf(), max_faces: 1 })
    const cut = await qualityOf(await headOf((head) => head.extract({ left: 0, top: 0, width: 560, height: Math.min(560, y + h) })))
    t.ok(cut.margin_below_of_the_face_image < plain.margin_below_of_the_face_image, `below ${plain.margin_below_of_the_face_image}, cut ${cut.margin_below_of_the_face_image}`)
    t.match(await qualityOf(await headOf(), 'represent'), { ...plain, recognition: /^(medium|high)$/ })
    const hopeless = await headOf((head) => head.blur(12))
    t.match(await qualityOf(hopeless), { recognition: 'low' })
    t.match(await qualityOf(hopeless, 'represent'), { recognition: 'low' }, 'by the length of the embedding')
  })

  t.test('quality of other faces: eyes, mouth, smile, company', async (t) => {
    const seen = async ([img, x, y]: readonly [string, number, number]) => (await post('detect', { img, include: ['quality'] })).result.find(around(x, y)).quality
    const [smiling, asleep, shouting] = [await seen(SMILING), await seen(CLOSED_EYES), await seen(OPEN_MOUTH)]
    t.ok(asleep.eyes_open < 50 && smiling.eyes_open > 50, `eyes ${asleep.eyes_open} and ${smiling.eyes_open}`)
    t.ok(shouting.mouth_closed < asleep.mouth_closed - 10, `mouths ${shouting.mouth_closed} and ${asleep.mouth_closed}`)
    t.ok(smiling.expression_neutrality < asleep.expression_neutrality, `neutrality ${smiling.expression_neutrality} and ${asleep.expression_neutrality}`)
    const { result } = await post('detect', { img: 'sample6.jpg', include: ['quality', 'pose'] })
    const single = result.map(({ quality }: any) => quality.single_face_present)
    t.ok(single[0] < 50 && single.slice(1).every((value: number) => value === 0), 'one of four, the largest of which is little larger')
    const [one] = (await post('detect', { img: 'sample6.jpg', include: ['quality'], max_faces: 1 })).result
    t.equal(one.quality.single_face_present, single[0], 'the others count, though they are not listed')
    for (const { quality, pose: { yaw } } of result) t.ok(Math.abs(quality.head_pose_yaw - 100 * Math.cos(yaw * Math.PI / 180) ** 2) <= 1)
  })

  t.test('a turned face has a worse pose', async (t) => {
    const turned = sharedPath('faces/cfp/001/profile/01.jpg')
    if (!existsSync(turned)) return t.pass('needs the photos in ../shared/faces', { skip: 'no ../shared/faces' })
    const quality = async (img: string) => (await post('represent', { img, include: ['quality'], max_faces: 1 })).result[0].quality
    const [front, profile] = [await quality(await headOf()), await quality((await readFile(turned)).toString('base64'))]
    t.ok(profile.head_pose_yaw < front.head_pose_yaw - 20, `yaw ${front.head_pose_yaw}, profile ${profile.head_pose_yaw}`)
    t.equal(profile.recognition, 'low')
  })

  t.test('enrolment refuses by the same figures, and names them', async (t) => {
    await post('collections', { id: 'c' })
    const enrol = async (img: string, body = {}) => (await post('collections/c/subjects/ann/faces', { img, ...body })).result[0]
    const good = await enrol(await headOf())
    t.match(good, { enrolled: true, quality: { recognition: /^(medium|high)$/, single_face_present: 100 } })
    const blurred = await enrol(await headOf((head) => head.blur(12)))
    t.match(blurred, { enrolled: false, reason: 'face_blurred', message: /\(sharpness is \d+, the least is 40\)$/ })
    t.ok(blurred.quality.sharpness < 40)
    t.match(await enrol('sample6.jpg'), { reason: 'several_faces', message: /single_face_present is \d+/ })
    const { result: [{ pose: { yaw } }] } = await post('detect', { img: await headOf(), include: ['pose'], max_faces: 1 })
    const least = Math.floor(Math.abs(yaw))
    t.match(await enrol(await headOf(), { max_yaw: least }), { enrolled: false, reason: 'face_turned', message: /its yaw is -?[\d.]+°, the most is \d+°/ })
    t.match(await enrol(await headOf(), { max_yaw: least + 1 }), { enrolled: true })
    t.equal((await enrol(await headOf((head) => head.blur(12)), { quality_check: false })).quality, undefined, 'what is not asked is not measured')
  })

  t.test('represent, extract_faces and analyze tell the same of each face', async (t) => {
    const asked = { img: 'sample6.jpg', include: ['mesh', 'pose', 'expression'] }
    const known = (await post('detect', asked)).result.map(({ mesh, pose, expression }: any) => ({ mesh, pose, expression }))
    for (const [path, body] of Object.entries({ represent: {}, extract_faces: {}, analyze: { actions: ['age'] } })) {
      const { result } = await post(path, { ...asked, ...body })
      t.strictSame(result.map(({ mesh, pose, expression }: any) => ({ mesh, pose, expression })), known, path)
      t.ok(result.every((face: object) => ['embedding', 'face_base64', 'age'].some((name) => name in face)), path)
    }
    const nobody = (await sharp({ create: { width: 300, height: 200, channels: 3, background: '#88a' } }).png().toBuffer()).toString('base64')
    const { result: [whole] } = await post('represent', { ...asked, img: nobody, enforce_detection: false })
    t.strictSame(Object.keys(whole).sort(), ['embedding', 'face_confidence', 'facial_area'], 'nothing is told of a face that was not found')
    t.match(await post('represent', { ...asked, pipeline: 'deepface' }), { status: 422, error_code: 'validation_error', details: { fields: [{ field: 'include' }] } })
  })

  t.test('liveness is told, and refuses nothing', async (t) => {
    const answer = await post('detect', { img: 'sample6.jpg', include: ['liveness'], max_faces: 2 })
    if (answer.error_code === 'model_unavailable') return t.pass('needs weights', { skip: answer.message })
    t.equal(answer.count, 2)
    const { result: crops } = await post('extract_faces', { img: 'sample6.jpg', anti_spoofing: true, max_faces: 2 })
    const verdicts = (faces: any[]) => faces.map(({ is_real: isReal, antispoof_score: score }) => ({ isReal, score }))
    t.strictSame(verdicts(answer.result), verdicts(crops))
    t.ok(verdicts(answer.result).every(({ isReal, score }) => typeof isReal === 'boolean' && score > 1 / 3 && score <= 1))
    const print = sharedPath('faces/spoof/image_F1.jpg')
    if (!existsSync(print)) return
    const img = (await readFile(print)).toString('base64')
    for (const path of ['detect', 'represent']) t.match(await post(path, { img, include: ['liveness'] }), { status: 200, result: [{ is_real: false }] }, path)
    t.match(await post('represent', { img, include: ['liveness'], anti_spoofing: true }), { status: 422, error_code: 'spoof_detected' })
  })

  t.test('several images in one request, as JSON and as files', async (t) => {
    const photos = ['sample6.jpg', 'none.jpg', 'sample3.jpg']
    const cut = (await readPhoto('sample6.jpg')).subarray(0, 500)
    for (const path of ['detect', 'represent', 'extract_faces']) {
      const alone = async (img: string) => {
        const { status: _, request_id: __, ...answer } = await post(path, { img, max_faces: 2 })
        return answer
      }
      const results = [await alone('sample6.jpg'), await alone('none.jpg'), await alone('sample3.jpg')]
      t.strictSame(results.map(({ success, error_code: code }) => code ?? success), [true, 'image_decode_error', true])
      t.strictSame(await post(path, { images: photos, max_faces: 2 }), { status: 200, success: true, count: 3, refused: 1, results }, path)
      const form = new FormData()
      form.append('images', new Blob([await readPhoto('sample6.jpg')]))
      form.append('images', new Blob([cut]))
      form.append('images', new Blob([await readPhoto('sample3.jpg')]))
      form.append('max_faces', '2')
      const files = await answerOf(await fetch(`${service.origin}/api/v1/${path}`, { method: 'POST', body: form }))
      t.match(files, { status: 200, success: true, count: 3, refused: 1, results: [results[0], { success: false, error_code: 'image_decode_error' }, results[2]] }, path)
    }
  })

  t.test('a detector without points of its own, and none at all', async (t) => {
    const { result: [face] } = await post('detect', { img: 'sample3.jpg', detector_backend: 'ssd', include: ['pose'], max_faces: 1 })
    t.ok(Array.isArray(face.facial_area.nose) && Number.isFinite(face.pose.yaw))
    const [, x, y] = SMILING
    const head = await sharp(await readPhoto('sample3.jpg')).rotate().extract({ left: x - 150, top: y - 170, width: 300, height: 340 }).png().toBuffer()
    const skipped = await post('detect', { img: head.toString('base64'), detector_backend: 'skip', include: ['expression'] })
    t.match(skipped, { count: 1, result: [{ facial_area: { x: 0, y: 0, w: 300, h: 340, nose: null }, confidence: 0, expression: { smile: true } }] })
  })
})
