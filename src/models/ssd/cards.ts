import type { DetectorCard } from '../card.ts'
import { eye } from '../opencv/cards.ts'

/** The scores and offsets that `priors.ts` decodes; the layers after them are code, not a network. */
const outputs = ['mbox_loc', 'mbox_conf_flatten'] as const

/** As DeepFace feeds it: without subtracting the means (104, 177, 123), as its authors do. */
const input = { channels: 'BGR', mean: [0, 0, 0], std: [1, 1, 1], size: [300, 300] } as const

/** Every res10 SSD weight file. */
export const cards = [
  {
    name: 'ssd',
    task: 'detection',
    family: 'ssd',
    // No source publishes the sha256 of these two; OpenCV's list has the SHA-1 of the caffemodel, 15aa726b4d46d9f023526d85537db81cbc8dd566.
    files: [
      { name: 'deploy.prototxt', sources: [{ url: 'https://raw.githubusercontent.com/opencv/opencv/3.4.0/samples/dnn/face_detector/deploy.prototxt' }] },
      {
        name: 'res10_300x300_ssd_iter_140000.caffemodel',
        sources: [{ url: 'https://raw.githubusercontent.com/opencv/opencv_3rdparty/dnn_samples_face_detector_20170830/res10_300x300_ssd_iter_140000.caffemodel' }]
      }
    ],
    conversion: { format: 'caffe', input, outputs },
    // The same weights quantised to eight bits: scores and boxes differ by that rounding.
    alternatives: [
      {
        files: [{
          name: 'opencv_face_detector_uint8.pb',
          sha256: '5c71d752ef2cbf2f457ac82fdd580fcb2522fd04c5efdaed18eb6d9e2843fbed',
          bytes: 2_727_750,
          sources: [{ url: 'https://raw.githubusercontent.com/opencv/opencv_3rdparty/8033c2bc31b3256f0d461c919ecc01c2428ca03b/opencv_face_detector_uint8.pb' }]
        }],
        conversion: { format: 'tensorflow', input, outputs }
      }
    ],
    parts: { eye },
    licence: { name: 'Apache-2.0', commercial: true, note: 'As OpenCV, whose authors trained it and publish it with their samples, is licensed; the files state nothing themselves. Its training photos are not documented.' },
    paper: 'Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016, arXiv:1512.02325; OpenCV samples/dnn/face_detector'
  }
] as const satisfies readonly DetectorCard[]
