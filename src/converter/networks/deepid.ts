import type { Network } from '../importers/keras/import-keras.ts'
import { add, conv2d, dense, dropout, flatten, input, type Layer, maxPool, relu } from '../importers/keras/layers.ts'

/**
 * DeepID: input 55 rows by 47 columns; the outputs of the last two convolutions are both used. Sun, Wang & Tang, "Deep Learning Face
 * Representation from Predicting 10,000 Classes", CVPR 2014; weights by Ruoyiran/DeepID-Tensorflow;
 * deepface/models/facial_recognition/DeepID.py (0.0.100).
 */
function network (): Layer {
  let x = conv2d(input(55, 47, 3), 20, 4, { activation: 'relu', name: 'Conv1' })
  x = dropout(maxPool(x, 2, { name: 'Pool1' }), 'D1')
  x = conv2d(x, 40, 3, { activation: 'relu', name: 'Conv2' })
  x = dropout(maxPool(x, 2, { name: 'Pool2' }), 'D2')
  x = conv2d(x, 60, 3, { activation: 'relu', name: 'Conv3' })
  x = dropout(maxPool(x, 2, { name: 'Pool3' }), 'D3')
  const third = dense(flatten(x), 160, { name: 'fc11' })
  const fourth = dense(flatten(conv2d(x, 80, 2, { activation: 'relu', name: 'Conv4' })), 160, { name: 'fc12' })
  return relu(add(third, fourth), 'deepid')
}

/** Input BGR 0 … 1. `embedding`: 160 values, none negative. */
export const deepId: Network = { name: 'DeepID', outputs: { embedding: network() } }
