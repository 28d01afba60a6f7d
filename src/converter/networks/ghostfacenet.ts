import type { Network } from '../importers/keras/import-keras.ts'
import {
  activation, add, asPixel, batchNorm, concatenate, conv2d, depthwiseConv2d, flatten, globalAveragePool, input, type Layer,
  multiply, passThrough, prelu
} from '../importers/keras/layers.ts'

/**
 * GhostFaceNet V1, width 1.3, first stride 1, input 112×112: half of the features are cheap functions of the other half. Alansari et al.,
 * "GhostFaceNets", IEEE Access 2023, doi:10.1109/ACCESS.2023.3266068; Han et al., arXiv:1911.11907; HamadYA/GhostFaceNets
 * backbones/ghost_model.py; deepface/models/facial_recognition/GhostFaceNet.py (0.0.100).
 */
interface Bottleneck {
  readonly kernel: 3 | 5
  readonly expand: number
  readonly out: number
  readonly strides: 1 | 2
  /** Width of the squeeze-and-excitation block; 0 for none. */
  readonly squeeze: number
}

const bottleneck = (kernel: 3 | 5, expand: number, out: number, strides: 1 | 2, squeeze = 0): Bottleneck => ({ kernel, expand, out, strides, squeeze })

const BOTTLENECKS = [
  bottleneck(3, 20, 20, 1),
  bottleneck(3, 64, 32, 2), bottleneck(3, 92, 32, 1),
  bottleneck(5, 92, 52, 2, 24), bottleneck(5, 156, 52, 1, 40),
  bottleneck(3, 312, 104, 2), bottleneck(3, 260, 104, 1), bottleneck(3, 240, 104, 1), bottleneck(3, 240, 104, 1),
  bottleneck(3, 624, 144, 1, 156), bottleneck(3, 872, 144, 1, 220),
  bottleneck(5, 872, 208, 2, 220), bottleneck(5, 1248, 208, 1), bottleneck(5, 1248, 208, 1, 312), bottleneck(5, 1248, 208, 1), bottleneck(5, 664, 208, 1, 168)
]

const SAME = { padding: 'same', bias: false } as const

function ghost (x: Layer, filters: number, active: boolean): Layer {
  const finish = (y: Layer): Layer => active ? prelu(batchNorm(y)) : batchNorm(y)
  const primary = finish(conv2d(x, filters / 2, 1, SAME))
  return concatenate([primary, finish(depthwiseConv2d(primary, 3, SAME))])
}

/** Hu et al., "Squeeze-and-Excitation Networks", arXiv:1709.01507. */
function squeezeAndExcite (x: Layer, width: number, channels: number): Layer {
  const squeezed = prelu(conv2d(asPixel(globalAveragePool(x)), width, 1))
  return multiply(x, activation(conv2d(squeezed, channels, 1), 'hard_sigmoid'))
}

function block (x: Layer, channels: number, { kernel, expand, out, strides, squeeze }: Bottleneck): Layer {
  const reduced = (y: Layer): Layer => batchNorm(depthwiseConv2d(y, kernel, { ...SAME, strides }))
  let y = ghost(x, expand, true)
  if (strides > 1) y = reduced(y)
  if (squeeze > 0) y = squeezeAndExcite(y, squeeze, expand)
  const shortcut = strides === 1 && channels === out ? x : batchNorm(conv2d(reduced(x), out, 1, { bias: false }))
  return add(shortcut, ghost(y, out, false))
}

function network (): Layer {
  let x = prelu(batchNorm(conv2d(input(112, 112, 3), 20, 3, SAME)))
  BOTTLENECKS.forEach((each, i) => { x = block(x, BOTTLENECKS[i - 1]?.out ?? 20, each) })
  x = prelu(batchNorm(conv2d(x, 664, 1, { bias: false })))
  x = batchNorm(depthwiseConv2d(x, 7, { bias: false, name: 'GDC_dw' }), { name: 'GDC_batchnorm' })
  x = flatten(conv2d(x, 512, 1, { name: 'GDC_conv' }), 'GDC_flatten')
  return passThrough('activation', batchNorm(x, { name: 'pre_embedding' }), 'embedding')
}

/** Input BGR 0 … 1, as DeepFace feeds it. `embedding`: 512 values, not of unit length. */
export const ghostFaceNet: Network = { name: 'GhostFaceNet', outputs: { embedding: network() } }
