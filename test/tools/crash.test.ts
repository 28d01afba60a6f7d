import { join } from 'node:path'
import t from 'tap'
import { killWriters } from '../../tools/crash/kill-writers.ts'
import { random } from '../random.ts'
import { compiledChild } from '../src/model-store/compiled.ts'

t.test('kill -9 under eight writers loses no acknowledged write, leaves no half of one, and the index is that of the store', async (t) => {
  const next = random(2026)
  const { acknowledged, ...result } = await killWriters({
    path: join(t.testdir({}), 'faces.db'), writer: compiledChild(t, join('tools', 'crash', 'crash-writer.ts')), kills: 20, random: (below) => Math.floor(next() * below)
  })
  t.strictSame(result, { kills: 20, lost: 0, halves: 0, unequal: 0 })
  t.ok(acknowledged >= 20)
})
