import type { Network } from '../importers/keras/import-keras.ts'
import { averagePool, conv2d, dense, dropout, flatten, input, type Layer, maxPool } from '../importers/keras/layers.ts'

/**
 * DeepFace's own network for expressions, input 48×48 grey, trained on FER-2013 (Goodfellow et al., arXiv:1307.0414).
 * deepface/models/demography/Emotion.py (0.0.100).
 */
function network (): Layer {
  let x = maxPool(conv2d(input(48, 48, 1), 64, 5, { activation: 'relu' }), 5, { strides: 2 })
  x = conv2d(conv2d(x, 64, 3, { activation: 'relu' }), 64, 3, { activation: 'relu' })
  x = averagePool(x, 3, { strides: 2 })
  x = conv2d(conv2d(x, 128, 3, { activation: 'relu' }), 128, 3, { activation: 'relu' })
  x = flatten(averagePool(x, 3, { strides: 2 }))
  x = dropout(dense(x, 1024, { activation: 'relu' }))
  x = dropout(dense(x, 1024, { activation: 'relu' }))
  return dense(x, 7, { activation: 'softmax' })
}

/** Input grey 0 … 1. `probabilities`: angry, disgust, fear, happy, sad, surprise, neutral. */
export const emotion: Network = { name: 'Emotion', outputs: { probabilities: network() } }
