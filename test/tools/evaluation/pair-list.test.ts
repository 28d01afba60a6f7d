import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { everyNth, photosOf } from '../../../tools/evaluation/pair-list.ts'
import { parsePairs } from '../../../tools/evaluation/parse-pairs.ts'

t.test('a development list of Labeled Faces in the Wild', async (t) => {
  const list = parsePairs('2\nAda_L\t1\t12\nBob\t1\t2\nAda_L\t3\tBob\t1\nBob\t2\tCy\t10\n')
  t.strictSame(list, {
    format: 'lfw',
    folds: 1,
    pairs: [
      { a: 'Ada_L/Ada_L_0001.jpg', b: 'Ada_L/Ada_L_0012.jpg', same: true, fold: 0 },
      { a: 'Bob/Bob_0001.jpg', b: 'Bob/Bob_0002.jpg', same: true, fold: 0 },
      { a: 'Ada_L/Ada_L_0003.jpg', b: 'Bob/Bob_0001.jpg', same: false, fold: 0 },
      { a: 'Bob/Bob_0002.jpg', b: 'Cy/Cy_0010.jpg', same: false, fold: 0 }
    ],
    people: new Map([
      ['Ada_L/Ada_L_0001.jpg', 'Ada_L'], ['Ada_L/Ada_L_0012.jpg', 'Ada_L'], ['Bob/Bob_0001.jpg', 'Bob'], ['Bob/Bob_0002.jpg', 'Bob'],
      ['Ada_L/Ada_L_0003.jpg', 'Ada_L'], ['Cy/Cy_0010.jpg', 'Cy']
    ])
  })
  t.strictSame(photosOf(list), [...list.people.keys()], 'each photo once, in the order of the list')
})

t.test('a list with folds', async (t) => {
  const { folds, pairs } = parsePairs('2 1\r\nA 1 2\r\nA 1 B 1\r\nB 1 2\r\nA 2 B 2\r\n')
  t.equal(folds, 2)
  t.strictSame(pairs.map(({ same, fold }) => [same, fold]), [[true, 0], [false, 0], [true, 1], [false, 1]])
})

t.test('comma-separated values', async (t) => {
  const pairs = [{ a: 'x 1.jpg', b: 'y.jpg', same: true, fold: 0 }, { a: 'x 1.jpg', b: 'z.jpg', same: false, fold: 0 }]
  for (const [why, text] of Object.entries({
    'with DeepFace\'s header': 'file_x,file_y,Decision\nx 1.jpg,y.jpg,Yes\nx 1.jpg,z.jpg,No\n',
    'columns in any order': '\uFEFFnote,decision,file_y,file_x\n-,1,y.jpg,x 1.jpg\n-,0,z.jpg,x 1.jpg\n',
    'without a header, quoted': '"x 1.jpg", "y.jpg", same\r\n\r\nx 1.jpg,z.jpg,FALSE'
  })) t.strictSame(parsePairs(text), { format: 'csv', folds: 1, pairs, people: new Map() }, why)
})

t.test('a wrong list is named by its line', async (t) => {
  for (const [text, message] of [
    ['', /its first line must hold the number of pairs/],
    ['a.jpg b.jpg', /its first line must hold the number of pairs/],
    ['0\n', /its first line must hold the number of pairs/],
    ['2\nA 1 2\n', /promises 4 pairs, the list has 1/],
    ['1\nA 1 B 2\nA 1 B 1\n', /Line 2 is no pair of one person: A 1 B 2/],
    ['1\nA 1 2\nA 1 2\n', /Line 3 is no pair of two people/],
    ['1\nA 1 x\nA 1 B 1\n', /Line 2 names no photo: A x/],
    ['1\n../A 1 2\nA 1 B 1\n', /Line 2 names no photo/],
    ['a.jpg,b.jpg,maybe', /Line 1 is not/],
    ['a.jpg,,yes', /Line 1 is not/],
    ['a.jpg,b.jpg,constructor', /Line 1 is not/],
    ['file_x,file_y,decision\n', /no pairs/]
  ] as const) t.throws(() => parsePairs(text), { constructor: UsageError, message }, JSON.stringify(text))
})

t.test('every nth pair', async (t) => {
  const list = parsePairs('a,b,yes\nc,d,no\ne,f,yes\n')
  t.strictSame(everyNth(list, 2).pairs.map(({ a }) => a), ['a', 'e'])
  t.strictSame(everyNth(list, 1), list)
  for (const n of [0, -1, 1.5, NaN]) t.throws(() => everyNth(list, n), { message: `--every ${n}: it must be a whole number above 0.` })
})
