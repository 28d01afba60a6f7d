import { createHash } from 'node:crypto'
import t from 'tap'
import { mutations, take } from './fuzz.ts'

const file = Uint8Array.from({ length: 3000 }, (_, i) => i % 251)
const some = (seed: number, bytes = file) => [...take(2000, mutations(seed, bytes))]

t.test('one seed gives one sequence, another seed another', async (t) => {
  const hash = (seed: number) => some(seed).reduce((sum, copy) => sum.update(copy), createHash('sha256')).digest('hex')
  t.equal(hash(1), hash(1))
  t.not(hash(1), hash(2))
})

t.test('the original stays whole, and nearly every copy is damaged', async (t) => {
  const before = file.slice()
  const same = some(3).filter((copy) => Buffer.compare(copy, before) === 0)
  t.ok(Buffer.compare(file, before) === 0)
  t.ok(same.length < 100, `${same.length} of 2000 are the same`)
})

t.test('there are shorter, longer and equally long copies, none twice as long', async (t) => {
  const lengths = some(4).map(({ length }) => length)
  t.ok(lengths.some((length) => length < file.length / 2))
  t.ok(lengths.some((length) => length > file.length))
  t.ok(lengths.filter((length) => length === file.length).length > 500)
  t.ok(lengths.every((length) => length < 2 * file.length))
})

t.test('an empty file can be damaged too', async (t) => t.ok(some(5, new Uint8Array()).every(({ length }) => length === 0)))
