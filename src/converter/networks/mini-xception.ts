import type { Network } from '../importers/keras/import-keras.ts'
import { activation, add, batchNorm, conv2d, globalAveragePool, input, type Layer, maxPool, relu, separableConv2d } from '../importers/keras/layers.ts'

/**
 * mini-Xception for expressions, input 64×64 grey. Arriaga, Valdenegro-Toro & Plöger, "Real-time Convolutional Neural Networks for
 * Emotion and Gender Classification", arXiv:1710.07557; oarriaga/face_classification src/models/cnn.py, mini_XCEPTION.
 */
const SAME = { padding: 'same' } as const

const unit = (x: Layer): Layer => relu(batchNorm(conv2d(x, 8, 3, { bias: false })))

function block (x: Layer, filters: number): Layer {
  const shortcut = batchNorm(conv2d(x, filters, 1, { ...SAME, strides: 2, bias: false }))
  let y = relu(batchNorm(separableConv2d(x, filters, 3, SAME)))
  y = batchNorm(separableConv2d(y, filters, 3, SAME))
  return add(maxPool(y, 3, { ...SAME, strides: 2 }), shortcut)
}

function network (): Layer {
  const x = [16, 32, 64, 128].reduce(block, unit(unit(input(64, 64, 1))))
  return activation(globalAveragePool(conv2d(x, 7, 3, SAME)), 'softmax', 'predictions')
}

/** Input grey −1 … 1. `probabilities`: angry, disgust, fear, happy, sad, surprise, neutral. */
export const miniXception: Network = { name: 'mini-Xception', outputs: { probabilities: network() } }
