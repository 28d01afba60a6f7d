import type { Network } from '../importers/keras/import-keras.ts'
import {
  averagePool, batchNorm, concatenate, conv2d, dense, flatten, input, l2Normalise, type Layer, localResponseNorm, maxPool, relu,
  scale, square, squareRoot, zeroPadding
} from '../importers/keras/layers.ts'

/**
 * OpenFace's nn4.small2: an Inception network, input 96×96. Amos, Ludwiczuk & Satyanarayanan, "OpenFace", CMU-CS-16-118; Szegedy et al.,
 * arXiv:1409.4842; ported by iwantooxxoox/Keras-OpenFace; deepface/models/facial_recognition/OpenFace.py (0.0.100).
 */
const unit = (x: Layer, filters: number, size: number, conv: string, bn: string, strides = 1): Layer =>
  relu(batchNorm(conv2d(x, filters, size, { strides, name: conv }), { epsilon: 1e-5, name: bn }))

const localNorm = (x: Layer, name: string): Layer => localResponseNorm(x, { name, radius: 5, alpha: 1e-4, beta: 0.75, bias: 1 })

/** √(9 · mean of squares): the L2 norm of 3×3 windows. */
const l2Pool = (x: Layer, block: string): Layer =>
  squareRoot(scale(averagePool(square(x, `power2_${block}`), 3), 9, `mult9_${block}`), `sqrt_${block}`)

/** Two convolutions, the first of which reduces the channels to save work; the second is padded with zeros to keep the size. */
function tower (x: Layer, block: string, size: 3 | 5, [narrow, wide]: readonly [number, number], strides = 1): Layer {
  const name = `inception_${block}_${size}x${size}`
  const before = unit(x, narrow, 1, `${name}_conv1`, `${name}_bn1`)
  return unit(zeroPadding(before, (size - 1) / 2), wide, size, `${name}_conv2`, `${name}_bn2`, strides)
}

/** A 1×1 convolution on `path`: the pooled picture, or the picture itself. */
const projection = (x: Layer, block: string, path: 'pool' | '1x1', filters: number): Layer =>
  unit(x, filters, 1, `inception_${block}_${path}_conv`, `inception_${block}_${path}_bn`)

function network (): Layer {
  let x = unit(zeroPadding(input(96, 96, 3), 3), 64, 7, 'conv1', 'bn1', 2)
  x = localNorm(maxPool(zeroPadding(x, 1), 3, { strides: 2 }), 'lrn_1')
  x = unit(x, 64, 1, 'conv2', 'bn2')
  x = localNorm(unit(zeroPadding(x, 1), 192, 3, 'conv3', 'bn3'), 'lrn_2')
  x = maxPool(zeroPadding(x, 1), 3, { strides: 2 })
  x = concatenate([ // 3a: 12×12×256
    tower(x, '3a', 3, [96, 128]),
    tower(x, '3a', 5, [16, 32]),
    zeroPadding(projection(maxPool(x, 3, { strides: 2 }), '3a', 'pool', 32), [3, 3, 4, 4]),
    projection(x, '3a', '1x1', 64)
  ])
  x = concatenate([ // 3b: 12×12×320
    tower(x, '3b', 3, [96, 128]),
    tower(x, '3b', 5, [32, 64]),
    zeroPadding(projection(l2Pool(x, '3b'), '3b', 'pool', 64), 4),
    projection(x, '3b', '1x1', 64)
  ])
  x = concatenate([ // 3c: 6×6×640
    tower(x, '3c', 3, [128, 256], 2),
    tower(x, '3c', 5, [32, 64], 2),
    zeroPadding(maxPool(x, 3, { strides: 2 }), [0, 0, 1, 1])
  ])
  x = concatenate([ // 4a: 6×6×640
    tower(x, '4a', 3, [96, 192]),
    tower(x, '4a', 5, [32, 64]),
    zeroPadding(projection(l2Pool(x, '4a'), '4a', 'pool', 128), 2),
    projection(x, '4a', '1x1', 256)
  ])
  x = concatenate([ // 4e: 3×3×1024
    tower(x, '4e', 3, [160, 256], 2),
    tower(x, '4e', 5, [64, 128], 2),
    zeroPadding(maxPool(x, 3, { strides: 2 }), [0, 0, 1, 1])
  ])
  x = concatenate([ // 5a: 3×3×736
    tower(x, '5a', 3, [96, 384]),
    zeroPadding(projection(l2Pool(x, '5a'), '5a', 'pool', 96), 1),
    projection(x, '5a', '1x1', 256)
  ])
  x = concatenate([ // 5b: 3×3×736
    tower(x, '5b', 3, [96, 384]),
    zeroPadding(projection(maxPool(x, 3, { strides: 2 }), '5b', 'pool', 96), 1),
    projection(x, '5b', '1x1', 256)
  ])
  x = flatten(averagePool(x, 3, { strides: 1 }))
  return l2Normalise(dense(x, 128, { name: 'dense_layer' }), 'norm_layer')
}

/** Input BGR 0 … 1. `embedding`: 128 values, of unit length. */
export const openFace: Network = { name: 'OpenFace', outputs: { embedding: network() } }
