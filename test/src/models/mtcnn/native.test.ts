import t from 'tap'
import { toCanvas } from '../../../../src/image/opencv/canvas.ts'
import { fromImage } from '../../../../src/image/picture.ts'
import type { DetectorByPipeline } from '../../../../src/models/family.ts'
import { missingWeights, openCard } from '../../../detectors.ts'
import { missing, photo } from '../../../golden.ts'

for (const name of ['mtcnn', 'fastmtcnn']) {
  t.test(`${name} finds the same faces in both pipelines, in the native one with all five points`, { skip: missing || missingWeights(name) }, async (t) => {
    const { native, deepface } = await openCard<DetectorByPipeline>(t, name)
    const image = await photo('img5.jpg')
    const [face, ...others] = await native!.detect(fromImage(image))
    const [same] = await deepface!.find(toCanvas(image))
    const { x, y, w, h, leftEye, rightEye, nose } = same!
    t.equal(others.length, 0)
    const near = (p: readonly number[], q: readonly number[]): boolean => p.every((value, i) => Math.abs(value - q[i]!) <= 1)
    t.ok(near([face!.box.x, face!.box.y, face!.box.w, face!.box.h], [x, y, w, h]))
    const [left, right, tip, mouthLeft, mouthRight] = face!.landmarks!
    t.ok(near(left, rightEye!) && near(right, leftEye!))
    t.ok(left[1] < tip[1] && tip[1] < mouthLeft[1] && mouthLeft[0] < mouthRight[0], 'nose below the eyes, mouth below the nose')
    t.equal(nose, undefined, 'DeepFace does not report it')
  })
}
