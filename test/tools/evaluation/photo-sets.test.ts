import { join } from 'node:path'
import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { readPhotoSet } from '../../../tools/evaluation/photo-sets.ts'
import { parseName } from '../../../tools/evaluation/utkface.ts'

t.test('names of UTKFace', async (t) => {
  t.strictSame(parseName('25_0_1_20170116.jpg'), { age: 25, gender: 'Man', race: 'black' })
  t.strictSame(parseName('100_1_4_20170110183726390.jpg.chip.jpg'), { age: 100, gender: 'Woman', race: undefined })
  t.strictSame([0, 1, 2, 3].map((n) => parseName(`1_0_${n}_2.jpg`)?.race), ['white', 'black', 'asian', 'indian'])
  for (const name of ['39_1_20170116174525125.jpg', '25_2_0_1.jpg', '25_0_5_1.jpg', 'readme.txt', '25_0_1_20170116.txt']) t.equal(parseName(name), undefined, name)
})

t.test('a folder is one of people or of emotions', async (t) => {
  const folder = t.testdir({
    people: { '25_0_1_20170116.jpg': '', 'list.txt': '', '39_1_20170116174525125.jpg': '' },
    emotions: { happy: { '2.jpg': '', '1.jpg': '', '.hidden': '' }, sad: { '1.jpg': '' }, other: { '1.jpg': '' } },
    neither: { 'a.jpg': '' }
  })
  t.strictSame(await readPhotoSet(join(folder, 'people')), { kind: 'people', photos: new Map([['25_0_1_20170116.jpg', { age: 25, gender: 'Man', race: 'black' }]]) })
  t.strictSame(await readPhotoSet(join(folder, 'emotions')), {
    kind: 'emotions',
    photos: new Map([[join('happy', '1.jpg'), 'happy'], [join('happy', '2.jpg'), 'happy'], [join('sad', '1.jpg'), 'sad']])
  })
  await t.rejects(readPhotoSet(join(folder, 'neither')), { constructor: UsageError, message: /holds neither/ })
  await t.rejects(readPhotoSet(join(folder, 'none')), { constructor: UsageError, message: /cannot be read/ })
})
