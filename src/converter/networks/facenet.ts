import type { Network } from '../importers/keras/import-keras.ts'
import {
  add, batchNorm, concatenate, conv2d, type ConvolutionOptions, dense, dropout, globalAveragePool, input, type Layer, maxPool, relu,
  scale, type Size
} from '../importers/keras/layers.ts'

/**
 * Inception-ResNet-v1, input 160×160. Schroff, Kalenichenko & Philbin, arXiv:1503.03832; Szegedy et al., arXiv:1602.07261; weights by
 * davidsandberg/facenet, ported by nyoki-mtl/keras-facenet; deepface/models/facial_recognition/Facenet.py (0.0.100).
 */
function unit (x: Layer, filters: number, size: Size, name: string, options: ConvolutionOptions = { padding: 'same' }): Layer {
  const convolved = conv2d(x, filters, size, { ...options, name, bias: false })
  return relu(batchNorm(convolved, { name: `${name}_BatchNorm`, scale: false }), `${name}_Activation`)
}

const VALID = { padding: 'valid' } as const
const HALVING = { padding: 'valid', strides: 2 } as const

function stem (picture: Layer): Layer {
  let x = unit(picture, 32, 3, 'Conv2d_1a_3x3', HALVING)
  x = unit(x, 32, 3, 'Conv2d_2a_3x3', VALID)
  x = unit(x, 64, 3, 'Conv2d_2b_3x3')
  x = maxPool(x, 3, { strides: 2, name: 'MaxPool_3a_3x3' })
  x = unit(x, 80, 1, 'Conv2d_3b_1x1', VALID)
  x = unit(x, 192, 3, 'Conv2d_4a_3x3', VALID)
  return unit(x, 256, 3, 'Conv2d_4b_3x3', HALVING)
}

/** Projects the concatenated branches to the width of `x`, scales them by `factor` and adds them to `x`. */
function residual (x: Layer, branches: readonly Layer[], width: number, factor: number, name: string): Layer {
  const up = conv2d(concatenate(branches, `${name}_Concatenate`), width, 1, { padding: 'same', name: `${name}_Conv2d_1x1` })
  return add(x, scale(up, factor))
}

function block35 (x: Layer, i: number): Layer {
  const name = `Block35_${i}`
  const branches = [
    unit(x, 32, 1, `${name}_Branch_0_Conv2d_1x1`),
    unit(unit(x, 32, 1, `${name}_Branch_1_Conv2d_0a_1x1`), 32, 3, `${name}_Branch_1_Conv2d_0b_3x3`),
    unit(unit(unit(x, 32, 1, `${name}_Branch_2_Conv2d_0a_1x1`), 32, 3, `${name}_Branch_2_Conv2d_0b_3x3`), 32, 3, `${name}_Branch_2_Conv2d_0c_3x3`)
  ]
  return relu(residual(x, branches, 256, 0.17, name), `${name}_Activation`)
}

function block17 (x: Layer, i: number): Layer {
  const name = `Block17_${i}`
  // From the second block on, the second branch carries the block's number: a naming slip of the port that the weight files repeat.
  const second = `${name}_Branch_${i}`
  const branches = [
    unit(x, 128, 1, `${name}_Branch_0_Conv2d_1x1`),
    unit(unit(unit(x, 128, 1, `${second}_Conv2d_0a_1x1`), 128, [1, 7], `${second}_Conv2d_0b_1x7`), 128, [7, 1], `${second}_Conv2d_0c_7x1`)
  ]
  return relu(residual(x, branches, 896, 0.1, name), `${name}_Activation`)
}

/** The last of the six blocks is neither scaled nor rectified. */
function block8 (x: Layer, i: number): Layer {
  const name = `Block8_${i}`
  const second = `${name}_Branch_${i === 6 ? 1 : i}`
  const branches = [
    unit(x, 192, 1, `${name}_Branch_0_Conv2d_1x1`),
    unit(unit(unit(x, 192, 1, `${second}_Conv2d_0a_1x1`), 192, [1, 3], `${second}_Conv2d_0b_1x3`), 192, [3, 1], `${second}_Conv2d_0c_3x1`)
  ]
  return i === 6 ? residual(x, branches, 1792, 1, name) : relu(residual(x, branches, 1792, 0.2, name), `${name}_Activation`)
}

function mixed6a (x: Layer): Layer {
  const name = (branch: string): string => `Mixed_6a_Branch_${branch}`
  return concatenate([
    unit(x, 384, 3, name('0_Conv2d_1a_3x3'), HALVING),
    unit(unit(unit(x, 192, 1, name('1_Conv2d_0a_1x1')), 192, 3, name('1_Conv2d_0b_3x3')), 256, 3, name('1_Conv2d_1a_3x3'), HALVING),
    maxPool(x, 3, { strides: 2, name: name('2_MaxPool_1a_3x3') })
  ], 'Mixed_6a')
}

function mixed7a (x: Layer): Layer {
  const name = (branch: string): string => `Mixed_7a_Branch_${branch}`
  return concatenate([
    unit(unit(x, 256, 1, name('0_Conv2d_0a_1x1')), 384, 3, name('0_Conv2d_1a_3x3'), HALVING),
    unit(unit(x, 256, 1, name('1_Conv2d_0a_1x1')), 256, 3, name('1_Conv2d_1a_3x3'), HALVING),
    unit(unit(unit(x, 256, 1, name('2_Conv2d_0a_1x1')), 256, 3, name('2_Conv2d_0b_3x3')), 256, 3, name('2_Conv2d_1a_3x3'), HALVING),
    maxPool(x, 3, { strides: 2, name: name('3_MaxPool_1a_3x3') })
  ], 'Mixed_7a')
}

const repeated = (count: number, block: (x: Layer, i: number) => Layer, x: Layer): Layer =>
  Array.from({ length: count }, (_, i) => i + 1).reduce(block, x)

function inceptionResnetV1 (length: number): Layer {
  let x = repeated(5, block35, stem(input(160, 160, 3)))
  x = repeated(10, block17, mixed6a(x))
  x = repeated(6, block8, mixed7a(x))
  x = dense(dropout(globalAveragePool(x, 'AvgPool'), 'Dropout'), length, { bias: false, name: 'Bottleneck' })
  return batchNorm(x, { scale: false, name: 'Bottleneck_BatchNorm' })
}

/** Input BGR 0 … 1, as DeepFace feeds it. `embedding`: 128 values, not of unit length. */
export const facenet: Network = { name: 'Facenet', outputs: { embedding: inceptionResnetV1(128) } }

/** Like `facenet`, with 512 values. */
export const facenet512: Network = { name: 'Facenet512', outputs: { embedding: inceptionResnetV1(512) } }
