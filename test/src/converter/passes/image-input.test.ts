import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import type { Graph } from '../../../../src/converter/graph/graph.ts'
import { scalar } from '../../../../src/converter/graph/tensor.ts'
import { imageInput, type ImageInput } from '../../../../src/converter/passes/image-input.ts'
import { run, world } from '../small-worlds.ts'

/** A network that returns its input. */
const mirror = (channels: number, ...sizes: number[]): Graph => world([channels, ...sizes], (b, x) => ({ y: b.binary('Mul', 'mul', x, scalar(1)) }))
const pixels = Uint8Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => i * 7)

t.test('the network gets planes of (value − mean) / std in its own order of channels', async (t) => {
  const settings: ImageInput[] = [
    { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [2, 3] },
    { channels: 'BGR', mean: [1, 2, 3], std: [2, 4, 8], size: [2, 3] },
    { channels: 'RGB', mean: [0, 0, 0], std: [255, 255, 255], size: [2, 3] },
    { channels: 'GRAY', mean: [127.5], std: [127.5], size: [2, 3] }
  ]
  for (const setting of settings) {
    const { channels, mean, std } = setting
    const count = mean.length
    const given = pixels.subarray(0, 2 * 6 * count)
    const { y } = await run(imageInput(setting)(mirror(count, 2, 3)), { image: new Value('uint8', given, [2, 2, 3, count]) })
    const expected = Array.from({ length: given.length }, (_, i) => {
      const [n, c, at] = [Math.floor(i / (6 * count)), Math.floor(i / 6) % count, i % 6]
      const stored = channels === 'BGR' ? 2 - c : c
      return Math.fround((given[(n * 6 + at) * count + stored]! - mean[c]!) * Math.fround(1 / std[c]!))
    })
    t.strictSame(y!.dims, [2, count, 2, 3])
    t.strictSame(Array.from(y!.data), expected)
  }
})

t.test('pixels with fractions come as float32', async (t) => {
  const pass = imageInput({ type: 'float32', channels: 'BGR', mean: [1, 2, 3], std: [2, 4, 8], size: [1, 2] })
  const { y } = await run(pass(mirror(3, 1, 2)), { image: new Value(Float32Array.of(0.5, 1, 1.5, 2, 2.5, 3), [1, 1, 2, 3]) })
  t.strictSame(Array.from(y!.data), [0.25, 1, -0.25, 0.125, -0.3125, -0.125])
})

t.test('a network whose one channel has no axis of its own gets rows of it', async (t) => {
  const points = world([3, 2], (b, x) => ({ y: b.binary('Mul', 'mul', x, scalar(1)) }))
  const given = Float32Array.from({ length: 12 }, (_, i) => i / 4)
  const plain = imageInput({ type: 'float32', channels: 'GRAY', mean: [0], std: [1], size: [3, 2] })(points)
  t.strictSame(plain.inputs, [{ name: 'image', type: 'float32', dims: ['n', 3, 2, 1] }])
  const { y } = await run(plain, { image: new Value(given, [2, 3, 2, 1]) })
  t.strictSame([y!.dims, Array.from(y!.data)], [[2, 3, 2], Array.from(given)])
  const scaled = imageInput({ channels: 'GRAY', mean: [1], std: [2], size: [3, 2] })(points)
  const { y: half } = await run(scaled, { image: new Value('uint8', pixels.subarray(0, 6), [1, 3, 2, 1]) })
  t.strictSame(Array.from(half!.data), Array.from(pixels.subarray(0, 6), (value) => (value - 1) / 2))
  const colours = imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [3, 2] })
  t.throws(() => colours(points), { name: 'ConversionError', message: 'The network should have one float32 input [?, 3, 3, 2]; it has input [n, 3, 2].' })
})

t.test('without a size, height and width are free, and nothing is promised of the outputs', async (t) => {
  const free = imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] })(mirror(3, 640, 640))
  t.strictSame(free.inputs, [{ name: 'image', type: 'uint8', dims: ['n', 'height', 'width', 3] }])
  t.strictSame(free.outputs, [{ name: 'y', type: 'float32', dims: undefined }])
  t.strictSame((await run(free, { image: new Value('uint8', pixels, [1, 3, 4, 3]) }))['y']!.dims, [1, 3, 3, 4])
})

t.test('with one, the batch is free', async (t) => {
  const fixed = world([3, 4, 4], (b, x) => ({ y: b.unary('Relu', 'relu', x) }))
  const single: Graph = { ...fixed, inputs: [{ name: 'input', type: 'float32', dims: [1, 3, 4, 4] }], outputs: [{ name: 'y', type: 'float32', dims: [1, 3, 4, 4] }] }
  const { outputs } = imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [4, 4] })(single)
  t.strictSame(outputs[0]!.dims, ['n', 3, 4, 4])
})

t.test('a network with another input is refused', async (t) => {
  const pass = imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], size: [4, 4] })
  const graph = mirror(3, 4, 4)
  const withInputs = (...inputs: Graph['inputs']): Graph => ({ ...graph, inputs })
  const [input] = graph.inputs as [Graph['inputs'][number]]
  const error = (found: string) => ({ name: 'ConversionError', message: `The network should have one float32 input [?, 3, 4, 4]; it has ${found}.` })
  t.throws(() => pass(withInputs()), error('none'))
  t.throws(() => pass(withInputs(input, { ...input, name: 'second' })), error('input [n, 3, 4, 4], second [n, 3, 4, 4]'))
  t.throws(() => pass(withInputs({ ...input, dims: ['n', 3, 5, 4] })), error('input [n, 3, 5, 4]'))
  t.throws(() => pass(withInputs({ ...input, dims: ['n', 4, 4, 3] })), error('input [n, 4, 4, 3]'))
  t.throws(() => pass(withInputs({ ...input, dims: undefined })), error('input '))
  t.throws(() => pass(withInputs({ ...input, type: 'uint8' })), error('input [n, 3, 4, 4]'))
  t.throws(() => pass(withInputs({ ...input, name: 'image' })), { name: 'ConversionError', message: 'The network has a value named image already.' })
})
