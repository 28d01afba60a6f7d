import { ARCFACE } from '../../pipelines/native/templates.ts'
import type { UncalibratedCard } from '../card.ts'

/**
 * InsightFace's ResNet-50 of the pack buffalo_l, fed as InsightFace feeds it: RGB, (value − 127.5) / 127.5. DeepFace feeds it 0..1,
 * in which the network sees little.
 */
export const buffalo = {
  name: 'Buffalo_L',
  task: 'recognition',
  family: 'recognition',
  files: [
    {
      // DeepFace's name for `w600k_r50.onnx` of the pack.
      name: 'webface_r50.onnx',
      sha256: '4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43',
      bytes: 174_383_860,
      sources: [{ url: 'https://drive.usercontent.google.com/download?id=1N0GL-8ehw_bz2eZQWz2b0A5XBdXdxZhg&export=download&confirm=pbef' }]
    }
  ],
  conversion: { format: 'onnx', input: { type: 'float32', channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], size: [112, 112] } },
  licence: { name: 'InsightFace model licence', commercial: false, note: 'InsightFace gives its trained weights for non-commercial research only. Trained on WebFace600K.' },
  paper: 'Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019, arXiv:1801.07698; insightface model zoo, buffalo_l',
  length: 512,
  size: [112, 112],
  template: ARCFACE,
  deepfaceInput: 'pixels'
} as const satisfies UncalibratedCard
