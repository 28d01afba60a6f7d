import t from 'tap'
import { sourcePath } from '../../../src/model-store/store-layout.ts'
import { cardNamed, cards, isRecogniser, recogniserNamed } from '../../../src/models/catalogue.ts'
import { partsOf } from '../../../src/models/model-files.ts'

t.test('the catalogue', async (t) => {
  t.equal(new Set(cards.map(({ name }) => name.toLowerCase())).size, cards.length, 'a name is used once, on file systems without case too')
  t.ok(cards.every(({ name }) => /^[\w.-]+$/.test(name)), 'names can be file names')
  t.equal(cardNamed('SFace').family, 'recognition')
  t.throws(() => cardNamed('none'), { message: 'There is no card named none.' })
  t.equal(recogniserNamed('SFace').length, 128)
  const attributes = cards.filter(({ task }) => task === 'attributes').map(({ name }) => name)
  t.strictSame(attributes, ['age-gender', 'race', 'emotion', 'DeepFace-Age', 'DeepFace-Gender', 'DeepFace-Race', 'DeepFace-Emotion'])
  const pack = ['SFace', 'retinaface', 'age-gender', 'race', 'emotion'].map(cardNamed)
  for (const { name, sources } of pack.flatMap(({ files }) => files)) t.ok(sources.some((source) => 'npm' in source), `${name} is available through the npm registry`)
})

t.test('cards that use the same name for a published file mean the same file', async (t) => {
  const files = cards.flatMap(partsOf).flatMap((part) => part.files)
  for (const file of files) t.ok(files.every(({ sha256, bytes }) => sha256 !== file.sha256 || bytes === file.bytes), file.name)
  const shelves = new Map(files.map((file) => [sourcePath('', file), file]))
  for (const file of files) t.strictSame(shelves.get(sourcePath('', file)), file, file.name)
})

for (const card of cards) {
  t.test(card.name, async (t) => {
    const { licence, paper } = card
    const editions = partsOf(card).flatMap((part) => [part, ...(part.alternatives ?? [])])
    t.ok(editions.every(({ files }) => files.length > 0))
    for (const { name, sha256, bytes, sources } of editions.flatMap(({ files }) => files)) {
      // A file without sha256 has no size either, and is trusted on first use.
      if (sha256 !== undefined) t.match(sha256, /^[0-9a-f]{64}$/)
      t.equal(bytes === undefined, sha256 === undefined)
      t.match(name, /^[\w.-]+$/)
      for (const source of sources) {
        if ('npm' in source) t.match(source.npm, /^(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/, 'an exact version')
        else t.match(source.url, /^https:\/\//)
      }
    }
    t.ok(licence.name && licence.note && paper, 'names its origin and what the licence allows')
    for (const { files, conversion } of editions) {
      if (conversion.format === 'raw') {
        t.equal(files.length, 1)
        continue
      }
      const { input } = conversion
      const channels = input.channels === 'GRAY' ? 1 : 3
      t.strictSame([input.mean.length, input.std.length], [channels, channels])
      t.ok(input.std.every((std) => std > 0))
    }

    if (!isRecogniser(card)) return
    for (const { conversion } of editions) t.strictSame(conversion.format !== 'raw' && conversion.input.size, card.size)
    const [height, width] = card.size
    t.ok((card.template ?? []).every(([x, y]) => x >= 0 && x < width && y >= 0 && y < height), 'the template lies in the crop')
    for (const { measured, note, thresholds: { cosine, euclidean, ...rest }, probability } of Object.values(card.calibration)) {
      t.ok(cosine > 0 && cosine < 1 && euclidean > 0)
      t.equal(measured === undefined, note !== undefined, 'figures that were not measured here name their source')
      // Published figures are rounded, each metric separately.
      if (!measured) continue
      // On unit vectors the three metrics are functions of one another.
      t.ok(Math.abs(rest.euclidean_l2 - Math.sqrt(2 * cosine)) < 1e-3)
      t.ok(Math.abs(rest.angular - Math.acos(1 - cosine) / Math.PI) < 1e-3)
      const atThreshold = 1 / (1 + Math.exp(-(probability.slope * (1 - cosine) + probability.intercept)))
      t.ok(atThreshold > 0.3 && atThreshold < 0.99, 'a pair at the threshold is neither certain nor impossible')
    }
  })
}
