import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { sharedPath } from '../shared.ts'
import { skip } from './cases.ts'

t.test('every case has a test of its name', { skip }, async (t) => {
  const cases = JSON.parse(readFileSync(sharedPath('cases/cases.json'), 'utf8')) as ReadonlyArray<{ readonly id: string }>
  const folder = new URL('.', import.meta.url)
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n')
  t.ok(cases.length > 0)
  for (const { id } of cases) t.ok(tests.includes(`'${id}'`), id)
})
