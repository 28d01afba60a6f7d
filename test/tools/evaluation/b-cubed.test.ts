import t from 'tap'
import { bCubed } from '../../../tools/evaluation/b-cubed.ts'

t.test('B³ is averaged over faces', (t) => {
  t.match(bCubed([0, 0, 1], ['ann', 'ann', 'bob']), { groups: 2, precision: 1, recall: 1, f: 1, wrongPairs: 0 })
  // All in one group: two faces find 2/3 of theirs around them, one finds 1/3.
  const joined = bCubed([5, 5, 5], ['ann', 'ann', 'bob'])
  t.match(joined, { groups: 1, wrongPairs: 2 })
  t.ok(Math.abs(joined.precision - 5 / 9) < 1e-12 && Math.abs(joined.recall - 1) < 1e-12)
  const split = bCubed([0, 1, 2], ['ann', 'ann', 'bob'])
  t.ok(Math.abs(split.recall - 2 / 3) < 1e-12 && Math.abs(split.precision - 1) < 1e-12 && Math.abs(split.f - 0.8) < 1e-12)
  t.end()
})
