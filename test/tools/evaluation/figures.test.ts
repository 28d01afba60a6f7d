import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { brokenBounds, type Figure, parseBound } from '../../../tools/evaluation/figures.ts'

const figures: Figure[] = [{ name: 'best', value: 99.3, text: '' }, { name: 'age', value: 6.5004, text: '' }, { name: 'shipped', value: NaN, text: '' }]
const names = figures.map(({ name }) => name)
const failures = (...bounds: string[]) => brokenBounds(bounds.map((text) => parseBound(text, names)), figures)

t.test('the bound itself holds', async (t) => t.strictSame(failures('best>=99.3', 'best<=99.3', ' age >= 6 '), []))

t.test('a bound that does not hold is named with the value', async (t) => {
  t.strictSame(failures('best>=99.31', 'age<=6.4', 'best>=1'), ['best>=99.31 does not hold: best is 99.3', 'age<=6.4 does not hold: age is 6.5'])
  t.strictSame(failures('shipped>=0', 'shipped<=100'), ['shipped>=0 does not hold: shipped is unknown', 'shipped<=100 does not hold: shipped is unknown'])
})

t.test('a malformed bound is refused', async (t) => {
  for (const text of ['best', 'best>99', 'best=>99', 'best>=', 'best>=x', '>=1', 'best>=1 and more']) {
    t.throws(() => parseBound(text, names), { constructor: UsageError, message: /is no bound such as best>=99/ }, text)
  }
  t.throws(() => parseBound('worst>=1', names), { constructor: UsageError, message: /names no figure; there are best, age, shipped/ })
})
