import t from 'tap'
import { createArena } from '../../../../src/collections/search/arena.ts'
import { createKeyMap } from '../../../../src/collections/search/key-map.ts'
import { quantiseQuery, quantiseRow } from '../../../../src/collections/search/quantise.ts'
import { scanRows } from '../../../../src/collections/search/scan-rows.ts'
import { type ChunkRange, chunksFor, openSearcher, searchHere, type Searcher } from '../../../../src/collections/search/searcher.ts'
import { random } from '../../../random.ts'
import { cosine, gaussian, SETS } from './vectors.ts'

const log = { warn: () => {}, error: () => {} }

t.test('the bound of a row holds for every kind of vector, and is narrow for faces', async (t) => {
  for (const [name, make] of Object.entries(SETS)) {
    const next = random(3)
    const rows = make(64, 200, next)
    const out = new Int8Array(64)
    for (const query of [...make(64, 5, next), gaussian(64, next)]) {
      const { values, factor, margin } = quantiseQuery(query)
      for (const row of rows) {
        const { scale, error } = quantiseRow(row, 0, 64, out)
        let dot = 0
        for (let i = 0; i < 64; i++) dot += values[i]! * out[i]!
        const off = Math.abs(dot * scale * factor - cosine(query, row))
        if (off > error + margin) t.fail(`${name}: off by ${off}, bound ${error + margin}`)
      }
    }
  }
  const { error } = quantiseRow(gaussian(512, random(1)), 0, 512, new Int8Array(512))
  t.ok(error < 0.015)
  t.ok(quantiseQuery(gaussian(512, random(2))).margin < 2e-4)
  t.strictSame(quantiseRow(new Float32Array(8), 0, 8, new Int8Array(8)), { scale: 0, error: 0 })
})

t.test('the largest sums fit into 32 bits', async (t) => {
  for (const length of [16, 512, 8192]) {
    const flat = new Float32Array(length).fill(1)
    const out = new Int8Array(length)
    quantiseRow(flat, 0, length, out)
    const { values } = quantiseQuery(flat)
    t.ok(values.reduce((sum, value, i) => sum + value * out[i]!, 0) < 2 ** 31, `${length} values`)
  }
})

t.test('the kernel computes its definition, across the bounds of chunks and segments', async (t) => {
  const length = 40
  const next = random(5)
  const arena = createArena(length, 1, 2048)
  const rows = Array.from({ length: 5003 }, () => gaussian(length, next))
  rows.forEach((row, i) => arena.put(i + 1, 1, row, 0))
  t.equal(arena.segments.length, 3)
  const query = gaussian(length, next)
  const found = await candidates(searchHere)
  const { values, factor, margin } = quantiseQuery(query)
  const out = new Int8Array(length)
  t.equal(found.size, rows.length)
  rows.forEach((row, i) => {
    const { scale, error } = quantiseRow(row, 0, length, out)
    const dot = out.reduce((sum, value, j) => sum + value * values[j]!, 0)
    const expected = Math.fround(Math.fround(Math.fround(Math.fround(dot) * scale) * factor) + error) + margin
    if (found.get(i + 1) !== expected) t.fail(`row ${i}: ${found.get(i + 1)}, not ${expected}`)
  })

  async function candidates ({ threads, scan }: Searcher): Promise<Map<number, number>> {
    const all = new Map<number, number>()
    for (const { first, ...range } of chunksFor(arena, threads)) {
      const { rows: places, uppers } = await scan({ ...range, query: quantiseQuery(query), k: 1e5, minScore: -2 })
      places.forEach((row, i) => all.set(arena.keyOf(first + row), uppers[i]!))
    }
    return all
  }
})

t.test('after additions, replacements and removals every row can be found', async (t) => {
  const next = random(9)
  const arena = createArena(16, 1)
  const there = new Map<number, Float32Array>()
  for (let step = 0; step < 6000; step++) {
    const key = 1 + Math.floor(next() * 1500)
    if (next() < 0.4) {
      if (arena.remove(key) !== there.delete(key)) t.fail(`key ${key} at step ${step}`)
    } else {
      const vector = gaussian(16, next)
      arena.put(key, 1, vector, 0)
      there.set(key, vector)
    }
  }
  t.equal(arena.rows(), there.size)
  t.strictSame(new Set(Array.from({ length: arena.rows() }, (_, row) => arena.keyOf(row))), new Set(there.keys()))
  for (const [key, vector] of [...there].slice(0, 50)) {
    const [{ first, ...range }] = chunksFor(arena, 1) as [ChunkRange]
    const { rows } = scanRows({ ...range, query: quantiseQuery(vector), k: 1, minScore: -2 })
    t.ok([...rows].some((row) => arena.keyOf(first + row) === key))
  }
})

t.test('keys are found after any additions and removals', async (t) => {
  const keys: number[] = []
  const map = createKeyMap((row) => keys[row]!)
  const next = random(4)
  const there = new Map<number, number>()
  for (let step = 0; step < 20_000; step++) {
    // Keys that collide, and keys beyond 32 bits.
    const key = Math.floor(next() * 500) * (step % 3 === 0 ? 64 : step % 3 === 1 ? 1 : 2 ** 32) + 1
    if (there.has(key)) {
      map.delete(key)
      there.delete(key)
    } else {
      keys.push(key)
      map.add(key, keys.length - 1)
      there.set(key, keys.length - 1)
    }
    if (map.row(key) !== there.get(key)) t.fail(`key ${key} at step ${step}`)
  }
  t.strictSame([...there.keys()].map(map.row), [...there.values()])
  map.delete(-1)
  t.equal(map.row(-1), undefined)
})

t.test('a collection takes no more than 1.3 times its values', async (t) => {
  for (const [length, count] of [[128, 60_000], [512, 20_000]] as const) {
    const arena = createArena(length, 2)
    const vector = gaussian(length, random(length))
    for (let key = 1; key <= count; key++) arena.put(key, 1, vector, 0)
    t.ok(arena.bytes() <= 1.3 * count * length, `${(arena.bytes() / count / length).toFixed(3)} at ${length} values`)
  }
})

t.test('several threads find the same as one', async (t) => {
  const searcher = await openSearcher({ threads: 2, queueLimit: 100, log })
  t.teardown(() => searcher.close())
  const next = random(8)
  const arena = createArena(16, searcher.threads, 32_768)
  for (let key = 1; key <= 80_000; key++) arena.put(key, 1 + key % 7, gaussian(16, next), 0)
  const query = quantiseQuery(gaussian(16, next))
  const allowed = Uint8Array.from([0, 1, 0, 1, 1, 1, 1, 1])
  const best = async ({ scan, threads }: Searcher): Promise<number[]> => {
    const ranges = chunksFor(arena, threads)
    t.ok(ranges.length >= 3)
    const found = await Promise.all(ranges.map(async ({ first, ...range }) => {
      const { rows, uppers } = await scan({ ...range, query, k: 20, minScore: -2, allowed })
      return Array.from(rows, (row, i) => [arena.keyOf(first + row), uppers[i]!] as const)
    }))
    return found.flat().sort((a, b) => b[1] - a[1]).slice(0, 20).map(([key]) => key)
  }
  const alone = await best(searchHere)
  t.ok(alone.every((key) => key % 7 !== 1), 'a subject that is not allowed is not found')
  for (const one of await Promise.all(Array.from({ length: 6 }, () => best(searcher)))) t.strictSame(one, alone)
  await t.rejects(searcher.scan({ ...chunksFor(arena, 2)[0]!, query, k: 1, minScore: -2 }, AbortSignal.abort(new Error('gone'))), { message: 'gone' })
})
