import t from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { MOST_TEXT, scanJson } from '../../../src/intake/scan-json.ts'
import { random } from '../../random.ts'

const LIMIT = 2_000_000
/** Returns a photo of `length` bytes that begins as a JPEG does. */
const photo = (length: number, fill = 1): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(length - 4, fill)])
const uri = (bytes: Buffer): string => `data:image/jpeg;base64,${bytes.toString('base64')}`

/** Scans a text in chunks of `size` bytes. */
function scan (json: string, size = 64 * 1024) {
  const scanner = scanJson(LIMIT)
  const bytes = Buffer.from(json)
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size))
  return scanner.end()
}

/** The text with the long strings and lists in their places again. */
function whole ({ text, strings, lists }: ReturnType<typeof scan>): string {
  let back = text
  for (const [name, { source }] of strings) back = back.replace(name, () => Buffer.concat(source!).toString())
  for (const [name, numbers] of lists) back = back.replace(JSON.stringify([name]), JSON.stringify(numbers))
  return back
}

t.test('photos are extracted from data: URIs and bare base64, however the text is cut', async (t) => {
  const [one, two] = [photo(20_000), photo(50_001, 2)]
  const json = JSON.stringify({ img1: uri(one), é: 'ü', imgs: [two.toString('base64')] })
  for (const size of [64 * 1024, 1e9, 4096, 1021, 7, 1]) {
    const { text, strings } = scan(json, size)
    const [[first, long1], [second, long2]] = [...strings] as unknown as [[string, { image: Uint8Array }], [string, { image: Uint8Array }]]
    t.strictSame(JSON.parse(text), { img1: first, é: 'ü', imgs: [second] })
    t.not(first, second)
    t.strictSame([Buffer.from(long1.image), Buffer.from(long2.image)], [one, two], `in chunks of ${size}`)
    t.strictSame([long1, long2].map(({ image }) => image.buffer.byteLength), [20_000, 50_001], 'each in memory of its own')
  }
})

t.test('a data: URI of another type is extracted too, since the bytes say what a picture is', async (t) => {
  const image = photo(20_000)
  const { strings } = scan(JSON.stringify({ img: `data:application/octet-stream;base64,${image.toString('base64')}` }))
  t.strictSame([...strings.values()].map(({ image }) => Buffer.from(image as Uint8Array)), [image])
})

t.test('escapes and line breaks as encoders write them are no obstacle, wherever a chunk ends', async (t) => {
  const next = random(4)
  const image = Buffer.concat([photo(100), Buffer.from(Array.from({ length: 60_000 }, () => Math.floor(next() * 256)))])
  const base64 = image.toString('base64')
  for (const [who, text] of Object.entries({
    PHP: base64.replaceAll('/', '\\/'),
    '.NET': base64.replaceAll('+', '\\u002B').replaceAll('/', '\\u002f'),
    MIME: base64.replace(/.{76}/g, '$&\\r\\n'),
    'PHP as a data: URI': `data:image\\/jpeg;base64,${base64.replaceAll('/', '\\/')}`,
    'a file': `${base64}\\n`
  })) {
    for (const size of [64 * 1024, 1e9, 997, 64, 5, 1]) {
      const { strings } = scan(`{"img":"${text}"}`, size)
      t.ok(image.equals([...strings.values()][0]?.image as Uint8Array), `${who} in chunks of ${size}`)
    }
  }
  for (const text of [`${base64.slice(0, 40_000)}\\\\${base64.slice(40_000)}`, `${base64}\\u00`, `${base64.slice(0, 40_000)}\\u012B${base64.slice(40_001)}`]) {
    t.equal(scan(`{"img":"${text}"}`, 1001).strings.size, 0, 'other escapes are no base64')
  }
})

t.test('strings that are short, not images, malformed or too large stay in the text', async (t) => {
  const text = photo(40_000).toString('base64')
  for (const value of [
    'data:image/jpeg;base64,/9j/', photo(5_000).toString('base64'), Buffer.alloc(40_000, 1).toString('base64'), 'é'.repeat(40_000), '\\"'.repeat(40_000),
    `${uri(photo(40_000))}=`, `${text.slice(0, 30_000)}-${text.slice(30_001)}`, `http://localhost/${text}`, `data:,${text.replace('/', '!')}`
  ]) {
    const json = JSON.stringify({ img: value })
    for (const size of [64 * 1024, 1e9, 1000, 3]) {
      const { text, strings } = scan(json, size)
      t.strictSame({ text, strings }, { text: json, strings: new Map() }, `${value.slice(0, 40)}… of ${value.length}`)
    }
  }
})

t.test('what is too long to stay there is told why it is no image', async (t) => {
  for (const [value, code] of [
    [uri(photo(LIMIT + 1)), 'image_too_large'], [`${uri(photo(LIMIT - 9))}=`, 'image_decode_error'], ['x'.repeat(MOST_TEXT + 1), 'image_decode_error'], ['data:!'.repeat(MOST_TEXT), 'image_decode_error']
  ] as const) {
    const { text, strings } = scan(JSON.stringify({ img: value }))
    const [[name, { image, source }]] = [...strings] as unknown as [[string, { image: unknown, source: unknown }]]
    t.strictSame(JSON.parse(text), { img: name })
    t.ok(image instanceof FaceError && image.code === code && source === undefined, `${value.slice(0, 30)}… of ${value.length}`)
  }
})

t.test('long lists of numbers are extracted, as JSON.parse reads them', async (t) => {
  const next = random(5)
  const vector = Array.from({ length: 3000 }, (_, i) => i % 7 === 0 ? i : (next() - 0.5) * 10 ** (i % 40 - 20))
  const body = { a: vector, b: [vector, [1, 2], vector.slice(0, 100)], c: 'x[1,2', d: [], e: [[vector]] }
  for (const json of [JSON.stringify(body), JSON.stringify(body, null, 2), JSON.stringify(vector)]) {
    for (const size of [64 * 1024, 1e9, 4099, 300, 17, 1]) {
      const scanned = scan(json, size)
      t.ok(scanned.lists.size >= (json.startsWith('[') ? 1 : 4), `${scanned.lists.size} lists in chunks of ${size}`)
      t.strictSame(JSON.parse(whole(scanned)), JSON.parse(json))
    }
  }
})

t.test('lists of other things stay in the text', async (t) => {
  const ones = '1,'.repeat(1000)
  for (const json of [`[${ones}null]`, `[${ones}"a"]`, `[${ones}[${ones}1],{}]`, `{"a":[${ones}{"b":[1]}]}`, `["${ones}"]`, `[${' '.repeat(1000)}{}]`]) {
    for (const size of [64 * 1024, 1e9, 301, 1]) t.strictSame(JSON.parse(whole(scan(json, size))), JSON.parse(json), `${json.slice(-20)} in chunks of ${size}`)
  }
  t.strictSame(JSON.parse(whole(scan(`[${' '.repeat(1000)}]`))), [])
})

t.test('a list that is no JSON is refused, or leaves a text that is none', async (t) => {
  const ones = '1,'.repeat(1000)
  for (const json of [`[${ones}]`, `[${ones},1]`, `[,${ones}1]`, `[${ones}1 1]`, `[${ones}01]`, `[${ones}-]`, `[${ones}1`, `[${ones}`, `[${' '.repeat(999)},]`, `[${ones}1]]`, `{[${ones}1]:1}`, `[${ones}1e]`]) {
    for (const size of [64 * 1024, 300, 1]) t.throws(() => JSON.parse(scan(json, size).text), SyntaxError, `${json.slice(0, 3)}…${json.slice(-5)} in chunks of ${size}`)
  }
})

t.test('too much beside images and vectors is refused at the first excess', async (t) => {
  const tooLarge = { code: 'image_too_large' }
  const some = '{"a":"b"},'.repeat(7000)
  const scanner = scanJson(LIMIT)
  t.throws(() => { for (let i = 0; i < 16; i++) scanner.write(Buffer.from(some)) }, tooLarge)
  for (const json of [' '.repeat(MOST_TEXT + 1), `[${'null,'.repeat(MOST_TEXT)}1]`, `{"a":${'['.repeat(MOST_TEXT)}`, `[${'1,'.repeat(MOST_TEXT)}null]`]) t.throws(() => scan(json), tooLarge, json.slice(0, 10))
  t.throws(() => scan(`[${'1'.repeat(2 * MOST_TEXT)}]`), SyntaxError, 'a number of two million digits')
})

t.test('the text around them is unchanged, even where it is not JSON', async (t) => {
  const image = uri(photo(30_000))
  for (const json of [`"${image}"`, `{"a":"\\"${image}\\""}`, `${image}"${image}"`, `\uFEFF{"img":"${image}"}x`, '', '"', '""', '[', `{"a\\\\":"${image}"}`]) t.equal(whole(scan(json)), json, json.slice(0, 20))
})

t.test('any cut of any text gives what the whole gives', async (t) => {
  const next = random(6)
  const parts = ['"', '\\', '[', ']', ',', '1', '0.5', 'é', ' ', '{', '}', ':', '"a"', '1,'.repeat(300), '\\"', uri(photo(13_000)), 'x'.repeat(17_000), '\\u002b']
  for (let i = 0; i < 300; i++) {
    const json = Array.from({ length: Math.ceil(next() * 30) }, () => parts[Math.floor(next() * parts.length)]).join('')
    const parsed = (size: number): unknown => {
      try {
        return JSON.parse(whole(scan(json, size)))
      } catch (error) {
        if (error instanceof SyntaxError) return 'no JSON'
        throw error
      }
    }
    let expected: unknown = 'no JSON'
    try {
      expected = JSON.parse(json)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    for (const size of [1e9, Math.ceil(next() * 1000)]) if (JSON.stringify(parsed(size)) !== JSON.stringify(expected)) t.fail(`${json.slice(0, 200)} in chunks of ${size}`)
  }
})
