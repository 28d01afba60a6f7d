import t from 'tap'
import { float32, floatPieces, floats, PIECE, transposed } from '../../../../../src/converter/graph/tensor.ts'
import { unitsFirst } from '../../../../../src/converter/importers/keras/layers/kernel.ts'
import { random } from '../../small-worlds.ts'

t.test('a kernel is transposed to outputs first, like by the general transposition, whole or in pieces', async (t) => {
  for (const [height, width, channels, units] of [[3, 2, 5, 7], [1, 1, 33, 1], [2, 2, 200, 700], [1, 1, PIECE + 1, 2]] as const) {
    const kernel = float32(random(height * width * channels * units), [height, width, channels, units])
    const found = unitsFirst(kernel, channels, height * width, [units, channels, height, width])
    const expected = Buffer.from(transposed(kernel, [3, 2, 0, 1]).bytes())
    t.ok(expected.equals(found.bytes()), `${kernel.dims} whole`)
    t.ok(expected.equals(Buffer.concat(Array.from(found.pieces!(), (piece) => Buffer.from(piece)))), `${kernel.dims} in pieces`)
  }
})

t.test('the kernel may start at any byte of the file', async (t) => {
  const kernel = float32(random(60), [1, 1, 12, 5])
  const shifted = new Uint8Array(241)
  shifted.set(kernel.bytes(), 1)
  const found = unitsFirst({ ...kernel, bytes: () => shifted.subarray(1) }, 12, 1, [5, 12, 1, 1])
  t.strictSame(floats(found), floats(unitsFirst(kernel, 12, 1, [5, 12, 1, 1])))
})

t.test('pieces of a constant are copies that may be written to', async (t) => {
  const values = random(3)
  const before = [...values]
  for (const piece of floatPieces(float32(values))) piece.fill(0)
  t.strictSame([...values], before)
})
