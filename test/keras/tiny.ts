/** The tiny model of ../shared/keras/h5 and its files. */
import { readFile } from 'node:fs/promises'
import type { Network } from '../../src/converter/importers/keras/import-keras.ts'
import { batchNorm, conv2d, dense, depthwiseConv2d, flatten, input, type Layer, prelu, zeroPadding } from '../../src/converter/importers/keras/layers.ts'
import { SHARED } from '../shared.ts'

const H5 = new URL('keras/h5/', SHARED)

/** A file as described in `fixtures.json`; layers as [layer, [weight name, shape, sha256][]][], null for a file of another format. */
export interface Fixture {
  readonly note: string
  readonly layers: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, readonly number[], string]>]> | null
}

export const readFixtures = async (): Promise<Record<string, Fixture>> => JSON.parse(await readFile(new URL('fixtures.json', H5), 'utf8'))

export const readFixture = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(new URL(name, H5)))

function features (): Layer {
  let x = conv2d(zeroPadding(input(6, 8, 2), [0, 0, 1, 1], 'pad'), 4, 3, { strides: 2, name: 'conv' })
  x = prelu(batchNorm(x, { name: 'bn' }), 'prelu')
  x = batchNorm(depthwiseConv2d(x, 3, { padding: 'same', bias: false, name: 'dw' }), { scale: false, name: 'bn_noscale' })
  return dense(flatten(x), 3, { name: 'fc' })
}

/**
 * The tiny network, with 3×4 maps before the last layer, so that its weights are permuted. The input size is ours: the files hold weights
 * only.
 */
export const tiny = (): Network => ({ name: 'tiny', outputs: { scores: features() } })

/** The tiny network nested in another one. */
export const nested = (): Network => ({ name: 'nested', outputs: { scores: dense(features(), 2, { name: 'head' }) } })
