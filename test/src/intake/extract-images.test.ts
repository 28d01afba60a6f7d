import t from 'tap'
import { extractImages } from '../../../src/intake/extract-images.ts'

const LIMIT = 100_000
/** Returns a photo of `length` bytes that begins as a JPEG does. */
const photo = (length: number, fill = 1): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(length - 4, fill)])
const uri = (bytes: Buffer): string => `data:image/jpeg;base64,${bytes.toString('base64')}`

const extract = (json: string) => extractImages(Buffer.from(json), LIMIT)

t.test('photos are extracted from data: URIs and bare base64', async (t) => {
  const [one, two] = [photo(20_000), photo(50_001, 2)]
  const { text, images } = extract(JSON.stringify({ img1: uri(one), é: 'ü', imgs: [two.toString('base64')] }))
  const [[first, bytes1], [second, bytes2]] = [...images] as [[string, Uint8Array], [string, Uint8Array]]
  t.strictSame(JSON.parse(text), { img1: first, é: 'ü', imgs: [second] })
  t.not(first, second)
  t.strictSame([Buffer.from(bytes1), Buffer.from(bytes2)], [one, two])
  t.strictSame([bytes1, bytes2].map(({ buffer }) => buffer.byteLength), [20_000, 50_001], 'each in memory of its own')
})

t.test('a data: URI of another type is extracted too, since the bytes say what a picture is', async (t) => {
  const image = photo(20_000)
  const { images } = extract(JSON.stringify({ img: `data:application/octet-stream;base64,${image.toString('base64')}` }))
  t.strictSame([...images.values()].map((bytes) => Buffer.from(bytes)), [image])
})

t.test('strings that are short, not images, malformed or too large stay in the text', async (t) => {
  const text = photo(40_000).toString('base64')
  for (const value of [
    'data:image/jpeg;base64,/9j/', photo(5_000).toString('base64'), Buffer.alloc(40_000, 1).toString('base64'), 'é'.repeat(40_000),
    uri(photo(LIMIT + 1)), `${uri(photo(40_000))}=`, `${text.slice(0, 30_000)}-${text.slice(30_001)}`, `${text.slice(0, 50_000)} ${text.slice(50_001)}`,
    `http://localhost/${text}`
  ]) {
    const json = JSON.stringify({ img: value })
    t.strictSame(extract(json), { text: json, images: new Map() }, `${value.slice(0, 40)}… of ${value.length}`)
  }
})

t.test('the text around them is unchanged, even where it is not JSON', async (t) => {
  const image = uri(photo(30_000))
  for (const json of [`{"img":"${image}`, `"${image}"`, `{"a":"\\"${image}\\""}`, `${image}"${image}"`, `\uFEFF{"img":"${image}"}x`, '', '"', '""']) {
    const { text, images } = extract(json)
    const back = [...images.keys()].reduce((all, place) => all.replace(place, image), text)
    t.equal(back, json, json.slice(0, 20))
  }
})

t.test('bodies with very many strings are not searched to their end', async (t) => {
  const image = uri(photo(30_000))
  t.equal(extract(JSON.stringify([...Array.from({ length: 900 }, String), image])).images.size, 1)
  t.equal(extract(JSON.stringify([...Array.from({ length: 2000 }, String), image])).images.size, 0)
})
