import t from 'tap'
import { attributes, detectors, recognisers } from '../../../src/models/families.ts'
import { cardNamed, cards, cardsOf, findCard, findRecogniser, isRecogniser } from '../../../src/models/index.ts'
import { DETECTORS, RECOGNISERS } from '../../../src/models/names.ts'

t.test('the catalogue', async (t) => {
  t.equal(new Set(cards.map(({ name }) => name.toLowerCase())).size, cards.length, 'a name is used once, on file systems without case too')
  t.ok(cards.every(({ name }) => /^[\w.-]+$/.test(name)), 'names can be file names')
  t.equal(cardNamed('SFace').family, 'sface')
  t.throws(() => cardNamed('none'), { message: 'There is no card named none.' })
  t.equal(findCard('none'), undefined)
  t.equal(findRecogniser('SFace')?.length, 128)
  t.equal(findRecogniser('retinaface'), undefined)
  t.strictSame(cardsOf('attributes').map(({ name }) => name), ['age-gender', 'race', 'emotion'])
})

t.test('two cards name a published file alike only when it is the same', async (t) => {
  const files = cards.flatMap((card) => card.files)
  for (const file of files) t.strictSame(files.filter(({ sha256 }) => sha256 === file.sha256).map(({ bytes }) => bytes).filter((bytes) => bytes !== file.bytes), [])
  const shelves = new Map(files.map(({ sha256, name }) => [`${sha256.slice(0, 12)}/${name}`, sha256]))
  for (const { sha256, name } of files) t.equal(shelves.get(`${sha256.slice(0, 12)}/${name}`), sha256, name)
})

for (const card of cards) {
  t.test(card.name, async (t) => {
    const { task, family, files, licence, paper, conversion: { input } } = card
    t.ok(files.length > 0)
    for (const { name, sha256, bytes, sources } of files) {
      t.match(sha256, /^[0-9a-f]{64}$/)
      t.ok(bytes > 0)
      t.match(name, /^[\w.-]+$/)
      t.ok(sources.some((source) => 'npm' in source), `${name} can be had through the npm registry`)
      for (const source of sources) {
        if ('npm' in source) t.match(source.npm, /^(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/, 'an exact version')
        else t.match(source.url, /^https:\/\//)
      }
    }
    t.ok(licence.name && licence.note && paper, 'says where it comes from and what that allows')
    const channels = input.channels === 'GRAY' ? 1 : 3
    t.strictSame([input.mean.length, input.std.length], [channels, channels])
    t.ok(input.std.every((std) => std > 0))

    const adapters = { recognition: recognisers, detection: detectors, attributes }[task]
    t.ok(adapters[family], `the family ${family} has an adapter`)
    if (task === 'recognition') t.ok((RECOGNISERS as readonly string[]).includes(card.name))
    if (task === 'detection') t.ok((DETECTORS as readonly string[]).includes(card.name))
    if (!isRecogniser(card)) return
    t.strictSame(input.size, [card.size, card.size])
    t.ok(card.template.flat().every((x) => x >= 0 && x < card.size), 'the template lies in the crop')
    for (const { thresholds: { cosine, euclidean, ...rest }, probability } of Object.values(card.calibration)) {
      t.ok(cosine > 0 && cosine < 1 && euclidean > 0)
      // On unit vectors the three are one distance.
      t.ok(Math.abs(rest.euclidean_l2 - Math.sqrt(2 * cosine)) < 1e-3)
      t.ok(Math.abs(rest.angular - Math.acos(1 - cosine) / Math.PI) < 1e-3)
      const atThreshold = 1 / (1 + Math.exp(-(probability.slope * (1 - cosine) + probability.intercept)))
      t.ok(atThreshold > 0.3 && atThreshold < 0.95, 'a pair at the threshold is neither sure nor out of the question')
    }
  })
}
