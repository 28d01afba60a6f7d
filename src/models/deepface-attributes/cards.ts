import type { AttributeCard, Licence } from '../card.ts'
import { deepfaceEdition } from '../recognition/deepface-edition.ts'

const VGG: Licence = { name: 'CC-BY-NC-4.0', commercial: false, note: 'Made from VGG-Face, which the Visual Geometry Group of Oxford licenses so; DeepFace itself is MIT.' }

const PAPER = 'Serengil, Ozpinar, "HyperExtended LightFace: A Facial Attribute Analysis Framework", ICEET 2021; deepface/models/demography (0.0.100)'

/** DeepFace's attribute models: VGG-Face with other heads, and a small network for emotions. */
export const cards = [
  { name: 'DeepFace-Age', task: 'attributes', family: 'deepface-age', ...deepfaceEdition('age_model_weights.h5', 'age', [224, 224]), licence: VGG, paper: PAPER },
  { name: 'DeepFace-Gender', task: 'attributes', family: 'deepface-gender', ...deepfaceEdition('gender_model_weights.h5', 'gender', [224, 224]), licence: VGG, paper: PAPER },
  { name: 'DeepFace-Race', task: 'attributes', family: 'deepface-race', ...deepfaceEdition('race_model_single_batch.h5', 'race', [224, 224]), licence: VGG, paper: PAPER },
  {
    name: 'DeepFace-Emotion',
    task: 'attributes',
    family: 'deepface-emotion',
    files: deepfaceEdition('facial_expression_model_weights.h5', 'emotion', [48, 48]).files,
    conversion: { format: 'keras', network: 'emotion', input: { type: 'float32', channels: 'GRAY', mean: [0], std: [255], size: [48, 48] } },
    licence: { name: 'MIT', commercial: true, note: 'As DeepFace licenses it. Trained on FER-2013, a research data set: take advice before commercial use.' },
    paper: PAPER
  }
] as const satisfies readonly AttributeCard[]
