import type { Network } from '../importers/keras/import-keras.ts'
import { add, batchNorm, conv2d, dense, dropout, flatten, input, type Layer, prelu, zeroPadding } from '../importers/keras/layers.ts'

/**
 * ResNet-34 of ArcFace ("IR": batch norm before the first convolution of a block, none after the sum), input 112×112. Deng, Guo, Xue &
 * Zafeiriou, arXiv:1801.07698; weights by leondgarse/Keras_insightface; deepface/models/facial_recognition/ArcFace.py (0.0.100).
 */
const norm = (x: Layer, name: string): Layer => batchNorm(x, { epsilon: 2e-5, name })

const conv3x3 = (x: Layer, filters: number, strides: number, stem: string): Layer =>
  conv2d(zeroPadding(x, 1, `${stem}_pad`), filters, 3, { strides, bias: false, name: `${stem}_conv` })

function block (x: Layer, filters: number, strides: number, name: string): Layer {
  const shortcut = strides === 1 ? x : norm(conv2d(x, filters, 1, { strides, bias: false, name: `${name}_0_conv` }), `${name}_0_bn`)
  let y = norm(x, `${name}_1_bn`)
  y = norm(conv3x3(y, filters, 1, `${name}_1`), `${name}_2_bn`)
  y = conv3x3(prelu(y, `${name}_1_prelu`), filters, strides, `${name}_2`)
  return add(shortcut, norm(y, `${name}_3_bn`), `${name}_add`)
}

function stage (x: Layer, filters: number, blocks: number, name: string): Layer {
  for (let i = 1; i <= blocks; i++) x = block(x, filters, i === 1 ? 2 : 1, `${name}_block${i}`)
  return x
}

function resnet34 (): Layer {
  let x = prelu(norm(conv3x3(input(112, 112, 3), 64, 1, 'conv1'), 'conv1_bn'), 'conv1_prelu')
  x = stage(x, 64, 3, 'conv2')
  x = stage(x, 128, 4, 'conv3')
  x = stage(x, 256, 6, 'conv4')
  x = stage(x, 512, 3, 'conv5')
  x = flatten(dropout(norm(x, 'batch_normalization')))
  return norm(dense(x, 512), 'embedding')
}

/** Input BGR 0 … 1, as DeepFace feeds it. `embedding`: 512 values, not of unit length. */
export const arcFace: Network = { name: 'ArcFace', outputs: { embedding: resnet34() } }
