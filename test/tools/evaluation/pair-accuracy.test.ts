import t from 'tap'
import { accuracy, compare, type Compared } from '../../../tools/evaluation/pair-accuracy.ts'

const pair = (same: boolean, distance: number | undefined, fold = 0): Compared => ({ same, distance, fold })

t.test('a pair is as far apart as its closest faces', async (t) => {
  const v = (...values: number[]) => Float32Array.from(values)
  const faces = new Map([['one', [v(1, 0)]], ['crowd', [v(0, 1), v(2, 0)]], ['empty', []]])
  const pairs = [{ a: 'one', b: 'crowd', same: true, fold: 3 }, { a: 'one', b: 'empty', same: false, fold: 0 }]
  t.strictSame(compare(pairs, faces, 'cosine'), [pair(true, 0, 3), pair(false, undefined, 0)])
})

t.test('without folds', async (t) => {
  const same = [0.1, 0.2, 0.4, 0.7].map((distance) => pair(true, distance))
  const different = [0.6, 0.8, 0.9, 0.95].map((distance) => pair(false, distance))
  const found = accuracy([...same, ...different], 1, 0.3)
  t.strictSame(found, {
    same: 4,
    different: 4,
    shipped: 6 / 8,
    best: { share: 7 / 8, deviation: undefined, threshold: 0.4 },
    tar: 3 / 4,
    eer: 1 / 4
  })
})

t.test('a photo without a face makes its pair wrong, of either kind', async (t) => {
  const { shipped, best, tar, different } = accuracy([pair(true, 0.1), pair(true, undefined), pair(false, 0.9), pair(false, undefined)], 1, 0.5)
  t.strictSame([shipped, best.share, tar, different], [0.5, 0.5, 0.5, 2])
})

t.test('with folds each is judged at the threshold of the others', async (t) => {
  // The best threshold of fold 0 is .3; that of fold 1 is .1, which rejects fold 0's pair of one person.
  const folds = [pair(true, 0.3, 0), pair(false, 0.6, 0), pair(true, 0.1, 1), pair(false, 0.2, 1)]
  const { best, shipped } = accuracy(folds, 2, undefined)
  t.equal(shipped, undefined)
  t.equal(best.share, 0.5, 'half of fold 0 at .1, half of fold 1 at .3')
  t.equal(best.deviation, 0)
  t.equal(best.threshold, 0.1)
})
