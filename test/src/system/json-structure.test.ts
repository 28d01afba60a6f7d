import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { structureProblems } from '../../../src/system/json-structure.ts'

t.test('absurd bodies have one problem a field', async (t) => {
  const nested = (levels: number): object => levels === 0 ? {} : { a: nested(levels - 1) }
  t.strictSame(structureProblems({
    long: Array(10_001).fill('x'), embeddings: [[1], [1, 2, false, 'x']], wide: [Array(10_001).fill(1)], deep: nested(40), deeper: [nested(40)]
  }), [
    { field: 'long', msg: 'must have at most 10000 items' },
    { field: 'embeddings.1.2', msg: 'must be a number' },
    { field: 'wide.0', msg: 'must have at most 10000 items' },
    { field: 'deep', msg: 'must not be nested deeper than 32 levels' },
    { field: 'deeper.0', msg: 'must not be nested deeper than 32 levels' }
  ])
  t.match(structureProblems(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, 1]))), [{ field: '', msg: /64 fields/ }])
})

t.test('other bodies have none', async (t) => {
  const stream = new IncomingMessage(new Socket())
  Object.assign(stream, { client: { parser: { incoming: stream } } })
  const usual = { img: 'x', actions: ['age'], embeddings: Array(10).fill(Array(4096).fill(0.5)), metadata: { list: [1, { deep: [[null]] }] } }
  for (const body of [{ payload: stream }, undefined, null, 'text', {}, usual]) t.strictSame(structureProblems(body), [])
})
