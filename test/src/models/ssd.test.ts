import t from 'tap'
import { nms } from '../../../src/geometry/nms.ts'
import { decode, PRIORS, SIDE } from '../../../src/models/ssd/priors.ts'
import { importFrozen } from '../../../src/onnx/importers/frozen/index.ts'
import { cases, missing, type Recorded, recordedInput, shared } from '../../references.ts'
import { run } from '../onnx/run.ts'

const ssd = shared('weights/opencv_face_detector_uint8.pb')
const opencv = shared('keras/ssd_uint8.json')

t.test('the priors and their decoding give the detections that OpenCV gives', { skip: missing(ssd, opencv) }, async (t) => {
  t.equal(PRIORS.length, 8892)
  const graph = importFrozen(ssd!, { outputs: ['mbox_loc', 'mbox_conf_flatten'], picture: [SIDE, SIDE, 3] })
  for (const { input, outputs: [, , recorded] } of cases<Recorded>(opencv)) {
    const found = await run(graph, recordedInput(input), input.shape)
    const faces = nms(decode(found['mbox_loc']!, found['mbox_conf_flatten']!, 0.01), 0.45)
    // Rows of image, class, score, left, top, right, bottom, the last four in sides of the picture.
    const rows = Array.from({ length: 200 }, (_, i) => recorded!.values.slice(7 * i, 7 * i + 7))
    const ours = faces.slice(0, 200).map(({ box: { x, y, w, h }, score }) => [0, 1, score, ...[x, y, x + w, y + h].map((at) => at / SIDE)])
    // Where two scores differ by less than rounding, their rows may change places.
    const distance = (row: readonly number[], own: readonly number[]) => Math.max(...row.map((value, j) => Math.abs(value - own[j]!)))
    const worst = Math.max(...rows.map((row) => Math.min(...ours.map((own) => distance(row, own)))))
    t.ok(worst < 1e-4, `${worst}`)
  }
})
