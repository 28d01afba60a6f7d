import * as tf from '@tensorflow/tfjs'
import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { createBuilder } from '../../../../src/converter/graph/builder.ts'
import type { Dim } from '../../../../src/converter/graph/graph.ts'
import { broadcast, concatenated, type Padding, padsOf, type Window, windowed } from '../../../../src/converter/graph/shapes.ts'
import { elements, float32 } from '../../../../src/converter/graph/tensor.ts'
import { planes, type Picture } from '../importers/tfjs/graph-model.ts'
import { difference, random, type Result, run } from '../small-worlds.ts'

await tf.setBackend('cpu')

/** Every window that TensorFlow allows, dilated or with a stride, on pictures that are not square. */
const WINDOWS = [1, 2, 3, 5].flatMap((kernel) => [1, 2, 3].flatMap((stride) => [1, 2, 3].flatMap((dilation) => stride > 1 && dilation > 1
  ? []
  : [5, 6, 7, 8].map((height) => ({ height, width: height + 3, kernel, stride, dilation })))))

/** Runs a graph of one convolution over a picture of these sizes on `x`. */
async function convolved (
  x: Picture,
  sizes: readonly Dim[],
  kernel: Float32Array,
  side: number,
  stride: number,
  dilation: number
): Promise<Result & { readonly stated: readonly Dim[] }> {
  const builder = createBuilder()
  const weights = float32(tf.transpose(tf.tensor4d(kernel, [side, side, 2, 2]), [3, 2, 0, 1]).dataSync() as Float32Array, [2, 2, side, side])
  const y = builder.conv('y', builder.input('input', ['n', 2, ...sizes]), weights, { strides: [stride, stride], dilations: [dilation, dilation], padding: 'same' })
  const { y: result } = await run(builder.build('convolution', { y }), { input: planes(x) })
  return { ...result!, stated: y.dims }
}

t.test("SAME is TensorFlow's: pixels worked out here, by ONNX Runtime from auto_pad, and TF.js agree", async (t) => {
  for (const { height, width, kernel: side, stride, dilation } of WINDOWS) {
    const x: Picture = { data: random(height * width * 2, side), dims: [1, height, width, 2] }
    const kernel = random(side * side * 4, stride + 5)
    const expected = tf.tidy(() => {
      const [picture, weights] = [tf.tensor4d(x.data, [1, height, width, 2]), tf.tensor4d(kernel, [side, side, 2, 2])]
      return tf.transpose(tf.conv2d(picture, weights, stride, 'same', 'NHWC', dilation), [0, 3, 1, 2])
    })
    const what = `${height} × ${width}, kernel ${side}, stride ${stride}, dilation ${dilation}`
    for (const sizes of [[height, width], ['height', 'width']]) {
      const found = await convolved(x, sizes, kernel, side, stride, dilation)
      t.strictSame(found.dims, expected.shape, what)
      if (typeof sizes[0] === 'number') t.strictSame(found.stated, ['n', ...expected.shape.slice(1)], what)
      const off = difference({ dims: expected.shape, data: expected.dataSync() }, found)
      t.ok(off <= 1e-5, `${what}: differs by ${off}`)
    }
  }
})

t.test('a pooling has the size that ONNX Runtime gives it', async (t) => {
  const paddings: Padding[] = ['valid', 'same', [0, 1, 1, 0], [1, 1, 1, 1]]
  for (const size of [5, 6, 7, 8]) {
    for (const [kernel, stride] of [[2, 2], [3, 2], [3, 3], [2, 3]] as const) {
      for (const padding of paddings) {
        for (const ceil of padding === 'same' ? [false] : [false, true]) {
          const builder = createBuilder()
          const options = { kernel: [kernel, kernel], strides: [stride, stride], padding, ceil } as const
          const x = builder.input('input', [1, 2, size, size + 1])
          const [max, mean] = [builder.maxPool('max', x, options), builder.averagePool('mean', x, options)]
          const found = await run(builder.build('pooling', { max, mean }), { input: new Value('float32', random(2 * size * (size + 1)), [1, 2, size, size + 1]) })
          t.strictSame([found['max']!.dims, found['mean']!.dims], [max.dims, mean.dims], `${size}: ${kernel} by ${stride}, ${String(padding)}${ceil ? ', ceil' : ''}`)
        }
      }
    }
  }
})

const WINDOW: Window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: 'valid' }

t.test('windows', async (t) => {
  t.strictSame(padsOf({ ...WINDOW, padding: 'same' }, ['n', 1, 'h', 'w']), [1, 1, 1, 1], 'with a stride of 1 no size is needed')
  t.equal(padsOf({ ...WINDOW, padding: 'same', strides: [1, 2] }, ['n', 1, 'h', 'w']), 'same')
  t.strictSame(windowed('x', { ...WINDOW, padding: 'same', strides: [2, 2] }, ['n', 1, 5, 'w']), [3, 'x_1'])
  const refuses = (window: Partial<Window>, dims: Dim[], message: string) => t.throws(() => windowed('x', { ...WINDOW, ...window }, dims), { name: 'ConversionError', message })
  refuses({}, ['n', 1, 5], 'x needs [n, c, h, w]; it has [n, 1, 5].')
  refuses({}, ['n', 1, 2, 5], 'x: a window of 3 does not fit into 2 pixels.')
  refuses({ dilations: [1, 3] }, ['n', 1, 5, 5], 'x: a window of 7 does not fit into 5 pixels.')
  refuses({ strides: [0, 1] }, ['n', 1, 5, 5], 'x: its window has an impossible kernel, stride or dilation of [0, 1].')
  refuses({ kernel: [1, NaN] }, ['n', 1, 5, 5], 'x: its window has an impossible kernel, stride or dilation of [1, NaN].')
})

t.test('broadcasting', async (t) => {
  t.strictSame(broadcast('x', ['n', 3, 1, 5], [4, 5]), ['n', 3, 4, 5])
  t.strictSame(broadcast('x', [2, 'c'], ['n', 'c']), [2, 'c'])
  t.strictSame(broadcast('x', ['n'], [3]), [3])
  t.strictSame(broadcast('x', ['n'], [1]), ['n'])
  t.strictSame(broadcast('x', [], [2]), [2])
  t.throws(() => broadcast('x', [2, 3], [2]), { name: 'ConversionError', message: 'x cannot combine [2, 3] with [2].' })
})

t.test('joining', async (t) => {
  t.strictSame(concatenated('x', [['n', 3, 4], [2, 3, 'w']], 1), [2, 6, 4])
  t.strictSame(concatenated('x', [['n', 3], ['n', 'c']], 1), ['n', 'x_1'])
  const refuses = (shapes: Dim[][], axis: number) => t.throws(() => concatenated('x', shapes, axis), { name: 'ConversionError' })
  refuses([[2, 3], [3, 3]], 1)
  refuses([[2, 3], [2]], 0)
  refuses([[2, 3]], 2)
  refuses([], 0)
  t.equal(elements([]), 1)
})
