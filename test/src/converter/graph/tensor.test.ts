import t from 'tap'
import { conversionError, isConversionError } from '../../../../src/converter/conversion-error.ts'
import { fromHalf, half } from '../../../../src/converter/graph/half-floats.ts'
import { elements, float32, floats, int64, integers, transposed } from '../../../../src/converter/graph/tensor.ts'
import { random } from '../small-worlds.ts'

t.test('axes in another order', async (t) => {
  for (const perm of [[0, 1, 2, 3], [3, 2, 0, 1], [1, 3, 2, 0]]) {
    const dims = [2, 3, 4, 5]
    const tensor = float32(random(120), dims)
    const result = transposed(tensor, perm)
    const [from, to] = [floats(tensor), floats(result)]
    const at = (index: readonly number[], sizes: readonly number[]) => index.reduce((sum, i, axis) => sum * sizes[axis]! + i, 0)
    let same = true
    for (let i = 0; i < 120; i++) {
      const index = [Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 5) % 4, i % 5]
      same &&= from[i] === to[at(perm.map((axis) => index[axis]!), result.dims)]
    }
    t.ok(same, String(perm))
  }
  t.equal(elements(transposed(float32(new Float32Array(0), [0, 3]), [1, 0]).dims), 0)
  t.throws(() => transposed(float32(random(4), [2, 2]), [0, 1, 2]), { name: 'ConversionError', message: 'A tensor of shape [2, 2] should have 3 axes.' })
})

t.test('values', async (t) => {
  const bytes = new Uint8Array(9)
  bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1)
  t.strictSame(Array.from(floats({ type: 'float32', dims: [2], bytes: () => bytes.subarray(1) })), [1.5, -2], 'wherever they lie')
  t.strictSame(integers(int64([-1, 2 ** 40])), [-1, 2 ** 40])
  t.strictSame(integers({ type: 'int32', dims: [2], bytes: () => new Uint8Array(Int32Array.of(-1, 2).buffer) }), [-1, 2])
  t.throws(() => integers(float32(random(2))), { name: 'ConversionError', message: 'A tensor of shape [2] is float32, whole numbers were expected.' })
  t.throws(() => floats(int64([1])), { name: 'ConversionError', message: 'A tensor of shape [1] is int64, float32 was expected.' })
})

t.test('binary16', async (t) => {
  // IEEE 754-2019: 1, −2, nearly a third, the largest, the smallest normal and subnormal ones, −0, infinities, NaN.
  const known: Array<[bits: number, value: number]> = [
    [0x3c00, 1], [0xc000, -2], [0x3555, 0.333251953125], [0x7bff, 65504], [0x0400, 2 ** -14], [0x0001, 2 ** -24], [0x8000, -0],
    [0x7c00, Infinity], [0xfc00, -Infinity], [0x7e00, NaN]
  ]
  for (const [bits, value] of known) t.ok(Object.is(half(bits), value), bits.toString(16))
  t.strictSame(Array.from(fromHalf(new Uint8Array(Uint16Array.from(known, ([bits]) => bits).buffer))), known.map(([, value]) => value))
})

t.test('a ConversionError is known by its name and keeps its cause', async (t) => {
  const cause = new RangeError('x')
  const error = conversionError('y', cause)
  t.ok(isConversionError(error))
  t.equal(error.cause, cause)
  t.notOk(isConversionError(cause))
  t.notOk(isConversionError('ConversionError'))
})
