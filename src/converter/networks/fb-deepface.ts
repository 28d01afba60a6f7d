import type { Network } from '../importers/keras/import-keras.ts'
import { conv2d, dense, dropout, flatten, input, type Layer, locallyConnected2d, maxPool } from '../importers/keras/layers.ts'

/**
 * Facebook's DeepFace: input 152×152, three layers whose kernels differ from pixel to pixel. Taigman, Yang, Ranzato & Wolf, "DeepFace:
 * Closing the Gap to Human-Level Performance in Face Verification", CVPR 2014; weights trained on VGGFace2 by swghosh/DeepFace;
 * deepface/models/facial_recognition/FbDeepFace.py (0.0.100).
 */
function trunk (): Layer {
  let x = conv2d(input(152, 152, 3), 32, 11, { activation: 'relu', name: 'C1' })
  x = maxPool(x, 3, { strides: 2, padding: 'same', name: 'M2' })
  x = conv2d(x, 16, 9, { activation: 'relu', name: 'C3' })
  x = locallyConnected2d(x, 16, 9, { activation: 'relu', name: 'L4' })
  x = locallyConnected2d(x, 16, 7, { strides: 2, activation: 'relu', name: 'L5' })
  x = locallyConnected2d(x, 16, 5, { activation: 'relu', name: 'L6' })
  return dense(flatten(x, 'F0'), 4096, { activation: 'relu', name: 'F7' })
}

const features = trunk()

/** Input BGR 0 … 1. `embedding`: 4096 values, none negative. The file also holds the classification head, one class for each person. */
export const fbDeepFace: Network = {
  name: 'DeepFace',
  outputs: { embedding: features },
  saved: [dense(dropout(features, 'D0'), 8631, { activation: 'softmax', name: 'F8' })]
}
