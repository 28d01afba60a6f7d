import t from 'tap'
import { base64Length, base64Pieces } from '../../../src/system/base64-pieces.ts'
import { Base64Text, isHeavy, jsonParts, NumberRows } from '../../../src/system/json-parts.ts'

/** The text of all parts. */
const whole = (value: unknown): string => [...jsonParts(value)].map((part) => typeof part === 'string' ? part : [...base64Pieces(part)].join('')).join('')

t.test('the parts of a value are its JSON', (t) => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => Math.sin(i))
  const row = { identity: 'a "b" é', hash: null, isReal: true, missing: undefined, box: { x: 1, y: -0 } }
  for (const value of [
    1, 'a', null, [], {}, [[]], row,
    numbers, [numbers, numbers], { a: numbers, b: undefined, c: [] },
    Array.from({ length: 5000 }, () => row),
    { 'ke"y': Array.from({ length: 300 }, () => ['x'.repeat(5000)]) },
    'y'.repeat(1e6)
  ]) t.equal(whole(value), JSON.stringify(value))
  t.end()
})

t.test('bytes stand for their base64, whatever their length', (t) => {
  for (const length of [0, 1, 2, 3, 48 * 1024, 48 * 1024 + 1, 200_000]) {
    const bytes = new Uint8Array(length).map((_, i) => i)
    const base64 = Buffer.from(bytes).toString('base64')
    t.equal(base64Length(length), base64.length)
    t.equal(whole({ face: new Base64Text('data:"', bytes), score: 1 }), JSON.stringify({ face: `data:"${base64}`, score: 1 }))
  }
  t.end()
})

t.test('vectors are lists of numbers', (t) => {
  for (const length of [0, 1, 128, 20_000]) {
    const vector = Float32Array.from({ length }, (_, i) => i === 0 ? -0 : Math.sin(i) * 10 ** (i % 30 - 15))
    t.equal(whole([{ embedding: vector }]), JSON.stringify([{ embedding: Array.from(vector) }]))
  }
  t.end()
})

t.test('rows of numbers have two decimals', (t) => {
  t.equal(whole({ mesh: new NumberRows(Float32Array.of(1, -0.001, 2.346, 1234.5678, 0.125, -3), 3) }), '{"mesh":[[1,0,2.35],[1234.57,0.13,-3]]}')
  t.equal(whole([new NumberRows(new Float32Array(), 3)]), '[[]]')
  t.equal(JSON.parse(whole(new NumberRows(new Float32Array(30_000), 3))).length, 10_000)
  t.end()
})

t.test('no part takes long to make', (t) => {
  const parts = [...jsonParts(Array.from({ length: 200 }, () => ({ embedding: Array.from({ length: 4096 }, (_, i) => Math.sin(i)) })))]
  t.ok(parts.length > 50)
  t.ok(parts.every(({ length }) => length < 300_000))
  t.end()
})

t.test('what is heavy', (t) => {
  for (const value of ['a', [1, 2], { a: [{ b: 'c' }] }, Array(8000).fill(1), 'x'.repeat(500_000)]) t.notOk(isHeavy(value))
  for (const value of [Array(9000).fill(1), { a: Array(5000).fill({ b: 1 }) }, ['x'.repeat(600_000)], [new Base64Text('', new Uint8Array(1))], [new Float32Array(1)], [new NumberRows(new Float32Array(3), 3)]]) t.ok(isHeavy(value))
  t.end()
})
