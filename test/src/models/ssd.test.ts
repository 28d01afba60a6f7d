import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { convert } from '../../../src/converter/convert.ts'
import { importFrozen } from '../../../src/converter/importers/frozen/import-frozen.ts'
import { toCanvas } from '../../../src/image/opencv/canvas.ts'
import { iou } from '../../../src/math/box.ts'
import { nmsGreedy } from '../../../src/math/nms.ts'
import { cards } from '../../../src/models/ssd/cards.ts'
import { decode, PRIORS, SIDE } from '../../../src/models/ssd/priors.ts'
import { ssd as detector } from '../../../src/models/ssd/ssd.ts'
import { openSession } from '../../../src/onnx/session.ts'
import { missing as missingPhotos, photo } from '../../golden.ts'
import { cases, missing, type Recorded, recordedInput, shared } from '../../references.ts'
import { run } from '../converter/run.ts'

const ssd = shared('weights/opencv_face_detector_uint8.pb')
const opencv = shared('keras/ssd_uint8.json')

t.test('the decoded priors are OpenCV’s detections', { skip: missing(ssd, opencv) }, async (t) => {
  t.equal(PRIORS.length, 8892)
  const graph = importFrozen(ssd!, { outputs: ['mbox_loc', 'mbox_conf_flatten'], picture: [SIDE, SIDE, 3] })
  for (const { input, outputs: [, , recorded] } of cases<Recorded>(opencv)) {
    const found = await run(graph, recordedInput(input), input.shape)
    const faces = nmsGreedy(decode(found['mbox_loc']!, found['mbox_conf_flatten']!, 0.01), 0.45)
    // Each row: image, class, score, left, top, right, bottom, the last four in sides of the picture.
    const rows = Array.from({ length: 200 }, (_, i) => recorded!.values.slice(7 * i, 7 * i + 7))
    const ours = faces.slice(0, 200).map(({ box: { x, y, w, h }, score }) => [0, 1, score, ...[x, y, x + w, y + h].map((at) => at / SIDE)])
    // Rows whose scores differ by less than rounding may change places.
    const distance = (row: readonly number[], own: readonly number[]) => Math.max(...row.map((value, j) => Math.abs(value - own[j]!)))
    const worst = Math.max(...rows.map((row) => Math.min(...ours.map((own) => distance(row, own)))))
    t.ok(worst < 1e-4, `${worst}`)
  }
})

t.test('a face is where the other detectors find it, in whole pixels of the canvas', { skip: missing(ssd) || missingPhotos }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ssd-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'ssd.onnx')
  const { files: [file], conversion } = cards[0].alternatives[0]
  writeFileSync(path, convert(conversion, new Map([[file.name, ssd!]])))
  const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  const { find } = detector(session, () => ({ left: undefined, right: undefined }))
  const canvas = toCanvas(await photo('img10.jpg'))
  const [face, ...others] = await find(canvas)
  const { x, y, w, h, confidence } = face!
  // YuNet's box in the records.
  t.ok(iou(face!, { x: 93, y: 101, w: 209, h: 286 }) > 0.9, `${[x, y, w, h]}`)
  t.ok([x, y, w, h].every(Number.isInteger) && confidence > 0.9 && others.length === 0)
  // A face that reaches over the border is cut off there.
  const { width, height, data } = canvas.image
  const lower = { width, height: height - 200, data: data.subarray(200 * width * 3) }
  for (const { x, y } of await find(toCanvas(lower))) t.ok(x >= 0 && y >= 0)
})
