import type { Network } from '../importers/keras/import-keras.ts'
import { activation, conv2d, dropout, flatten, input, type Layer, maxPool, zeroPadding } from '../importers/keras/layers.ts'

/**
 * VGG-16 in VGG-Face's configuration: input 224×224, 4096 values out of the second fully connected layer. Parkhi, Vedaldi & Zisserman,
 * "Deep Face Recognition", BMVC 2015; deepface/models/facial_recognition/VGGFace.py (0.0.100).
 */
function trunk (): Layer {
  let x = input(224, 224, 3)
  for (const [count, filters] of [[2, 64], [2, 128], [3, 256], [3, 512], [3, 512]] as const) {
    for (let i = 0; i < count; i++) x = conv2d(zeroPadding(x, 1), filters, 3, { activation: 'relu' })
    x = maxPool(x, 2)
  }
  x = dropout(conv2d(x, 4096, 7, { activation: 'relu' }))
  return conv2d(x, 4096, 1, { activation: 'relu' })
}

/** Classification head that was trained with the trunk: one class for each person. The file holds it; we do not use it. */
const people = (x: Layer): Layer => activation(flatten(conv2d(dropout(x), 2622, 1)), 'softmax')

const features = trunk()

/** Input BGR 0 … 1. `embedding`: 4096 values, none negative, before DeepFace scales them to unit length. */
export const vggFace: Network = { name: 'VGG-Face', outputs: { embedding: flatten(features) }, saved: [people(features)] }

/**
 * VGG-Face with another head and a fine-tuned trunk: DeepFace's networks for age, gender and race. deepface/models/demography/Age.py,
 * Gender.py, Race.py (0.0.100). Input BGR 0 … 1.
 */
const classifier = (name: string, classes: number): Network =>
  ({ name, outputs: { probabilities: activation(flatten(conv2d(dropout(trunk()), classes, 1, { name: 'predictions' })), 'softmax') } })

/** Ages 0 … 100; the predicted age is the mean of the distribution. */
export const age = classifier('Age', 101)

/** Woman, man. */
export const gender = classifier('Gender', 2)

/** Asian, indian, black, white, middle eastern, latino hispanic. */
export const race = classifier('Race', 6)
