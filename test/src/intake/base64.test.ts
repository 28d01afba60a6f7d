import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import { FaceError } from '../../../src/errors.ts'
import { decodeBase64, decodeDataUri, decodeImage, isImageBase64, latin1, type Text } from '../../../src/intake/base64.ts'
import { random } from '../../random.ts'

const LIMIT = 1000
const isError = (code: string) => ({ name: 'FaceError', code })
const STRICT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/

/** Decodes `text` as a string and, where ISO 8859-1 has all its characters, as bytes; both must agree. */
const accepts = (text: string, limit = LIMIT): boolean => {
  const taken = isDecoded(text, limit)
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.toString('latin1') === text && isDecoded(latin1(bytes), limit) !== taken) throw new Error(`${text} is taken in one form only.`)
  return taken
}

const isDecoded = (text: Text, limit: number): boolean => {
  try {
    decodeBase64(text, limit)
    return true
  } catch (error) {
    if (error instanceof FaceError && error.code === 'image_decode_error') return false
    throw error
  }
}

t.test('bytes of every length survive', async (t) => {
  const next = random(1)
  for (let length = 1; length <= LIMIT; length += 13) {
    const bytes = Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)))
    t.strictSame(Buffer.from(decodeBase64(bytes.toString('base64'), LIMIT)), bytes)
    t.strictSame(Buffer.from(decodeDataUri(`data:image/png;base64,${bytes.toString('base64')}`, LIMIT)), bytes)
  }
})

t.test('text that is not strictly base64 is refused', async (t) => {
  const wrong = ['', '=', '==', '===', '====', 'A', 'AA', 'AAA', 'A===', 'AA=A', '=AAA', 'AA==AAAA', 'AAA=AAAA', 'AAAA=', 'AAAA====',
    'QR==', 'QQF=', ' ', '\n', 'AA\nA', 'AA\n=\n=A', 'AA-A', 'AA_A', 'AA%3D', 'AAA\0', 'AAA.', 'AAAé',
    'AAA\u0141', '\u0141\u0141\u0141\u0141', 'AAA\u{1F600}', '\ud800AAA']
  for (const text of wrong) t.throws(() => decodeBase64(text, LIMIT), isError('image_decode_error'), JSON.stringify(text))
})

t.test('random texts are accepted exactly when they are strictly base64', async (t) => {
  const next = random(2)
  const pick = (characters: string): string => characters[Math.floor(next() * characters.length)]!
  const alphabet = 'ABCDwxyz0189+/'
  let taken = 0
  for (let i = 0; i < 20_000; i++) {
    const length = Math.floor(next() * 14)
    const noise = next() < 0.3 ? alphabet + '=-_ \n\u0141é.' : alphabet
    const text = Array.from({ length }, () => pick(noise)).join('') + pick(['', '', '=', '=='].join('|')).replace('|', '') + (next() < 0.2 ? '=' : '')
    const bare = text.replace(/[ \n]/g, '')
    const strict = bare !== '' && STRICT.test(bare)
    if (accepts(text) !== strict) t.fail(`${JSON.stringify(text)} should ${strict ? 'be taken' : 'be refused'}`)
    if (strict) taken++
  }
  t.ok(taken > 500 && taken < 19_500, 'both kinds were tried')
})

t.test('white space between the characters is skipped, as encoders write it', async (t) => {
  const bytes = Buffer.from(Array.from({ length: LIMIT }, (_, i) => i % 251))
  const text = bytes.toString('base64')
  const broken = (every: number, by: string) => text.replace(new RegExp(`.{${every}}`, 'g'), (line) => line + by)
  for (const [what, spaced] of Object.entries({
    'MIME, Android': broken(76, '\r\n'), PEM: broken(64, '\n'), 'the end of a file': `${text}\n`, 'one space far behind': `${text.slice(0, 700)} ${text.slice(700)}`, tabs: broken(40, '\n\t')
  })) {
    t.ok(bytes.equals(decodeBase64(spaced, LIMIT)), what)
    t.ok(bytes.equals(decodeBase64(latin1(Buffer.from(spaced)), LIMIT)), `${what}, from bytes`)
    t.ok(bytes.equals(decodeDataUri(`data:image/jpeg;base64,${spaced}`, LIMIT)), `${what}, in a data: URI`)
  }
  t.throws(() => decodeBase64(broken(76, '\r\n'), LIMIT - 1), isError('image_too_large'))
  t.throws(() => decodeBase64(' '.repeat(4 * LIMIT), LIMIT), isError('image_too_large'), 'white space is bounded too')
})

t.test('one foreign character anywhere in a long text is found', async (t) => {
  const text = Buffer.alloc(999, 7).toString('base64')
  for (let i = 0; i < text.length; i += 7) {
    for (const character of ['-', '_', ' ', '\n', '=', '\u0142', 'ÿ']) t.notOk(accepts(text.slice(0, i) + character + text.slice(i + 1)))
  }
})

t.test('long texts are decoded in chunks without a fault at their edges', async (t) => {
  const next = random(3)
  for (const length of [36_863, 36_864, 36_865, 36_866, 36_867, 100_000]) {
    const bytes = Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)))
    const text = bytes.toString('base64')
    t.ok(bytes.equals(decodeBase64(text, 1e6)), `${length} bytes`)
    t.ok(bytes.equals(decodeBase64(latin1(Buffer.from(text)), 1e6)), 'the same from bytes')
    t.ok(bytes.equals(decodeBase64(`????${text}`, 1e6, 4)), 'behind something else')
    for (const at of [0, 49_151, 49_152, 49_153, text.length - 5].filter((at) => at < text.length - 4)) {
      for (const character of ['-', ' ', '=', '\u0142', 'ÿ']) t.notOk(accepts(text.slice(0, at) + character + text.slice(at + 1), 1e6), `${character} at ${at} of ${text.length}`)
    }
  }
})

t.test('an image that the text contains is decoded', async (t) => {
  const jpeg = Buffer.from('ffd8ffe000104a4649460001', 'hex')
  for (const text of [jpeg.toString('base64'), `data:image/jpeg;base64,${jpeg.toString('base64')}`]) {
    t.ok(jpeg.equals(decodeImage(text, LIMIT)!))
    t.ok(jpeg.equals(decodeImage(latin1(Buffer.from(text)), LIMIT)!))
  }
  for (const text of ['http://localhost/a.jpg', '/data/a.jpg', 'YWJj', '']) t.equal(decodeImage(text, LIMIT), undefined, text)
  t.throws(() => decodeImage('data:image/jpeg;base64,', LIMIT), isError('image_decode_error'))
})

t.test('too large texts are refused before they are decoded', async (t) => {
  t.equal(decodeBase64(Buffer.alloc(LIMIT).toString('base64'), LIMIT).length, LIMIT)
  t.throws(() => decodeBase64(Buffer.alloc(LIMIT + 1).toString('base64'), LIMIT), isError('image_too_large'))
  t.throws(() => decodeBase64('!'.repeat(4 * LIMIT), LIMIT), isError('image_too_large'), 'its content does not matter')
})

t.test('the bytes own their memory and can be transferred', async (t) => {
  for (const length of [1, 3, 100, 900]) {
    const bytes = decodeBase64(Buffer.alloc(length, 1).toString('base64'), LIMIT)
    t.equal(bytes.buffer.byteLength, length)
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(bytes, [bytes.buffer as ArrayBuffer])
    t.equal(bytes.length, 0, 'handed over')
    port1.close()
    port2.close()
  }
})

t.test('data: URIs', async (t) => {
  const same = (uri: string) => t.strictSame(Buffer.from(decodeDataUri(uri, LIMIT)), Buffer.from('abc'), uri)
  same('data:image/jpeg;base64,YWJj')
  same('DATA:IMAGE/PNG;BASE64,YWJj')
  same('data:image/svg+xml;charset=utf-8;base64,YWJj')
  same('data:application/octet-stream;base64,YWJj')
  same('data:;base64,YWJj')
  same('data:image/*;base64,YWJj')
  const jpeg = Buffer.from('ffd8ffe000104a46494600010101004800480000', 'hex')
  t.ok(jpeg.equals(decodeDataUri(`data:image/jpeg,${jpeg.toString('base64')}`, LIMIT)), 'without ;base64, when an image follows')
  const wrong = ['data:', 'data:,abc', 'data:image/png,abc', 'data:image/png;base64', 'data:image/png;base64YWJj',
    'data:image/;base64,YWJj', 'data:image/png;base64,', 'data:image/png;base64,,YWJj',
    'data:image/png ;base64,YWJj', 'data: image/png;base64,YWJj', 'data:image/png;base64,YWJ',
    'data:image/png;base64,YW%4Aj', `data:image/${'a'.repeat(300)};base64,YWJj`, 'data:image/png;base64;base64,YWJj']
  for (const uri of wrong) t.throws(() => decodeDataUri(uri, LIMIT), isError('image_decode_error'), uri)
  t.throws(() => decodeDataUri(`data:image/png;base64,${'A'.repeat(4000)}`, LIMIT), isError('image_too_large'))
})

t.test('bare base64 is recognised by the signature at its beginning', async (t) => {
  const begins = (head: string) => isImageBase64(Buffer.from(head.padEnd(60, '\0'), 'latin1').toString('base64'))
  const bmp = (size: number) => `BM\x10\x20\0\0\0\0\0\0\x36\0\0\0${String.fromCharCode(size)}\0\0\0`
  for (const head of ['\xff\xd8\xff\xe0', '\xff\xd8\xff\xdb', '\x89PNG\r\n\x1a\n', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*', 'II+\0', 'MM\0+',
    'RIFF\x10\0\0\0WEBPVP8 ', '\0\0\0\x1cftypavif', '\0\0\0\x1cftypavis', '\0\0\0\x1cftypmif1', bmp(40), bmp(124), bmp(12)]) {
    t.ok(begins(head), JSON.stringify(head))
  }
  for (const head of ['\xff\xd8\xff\x01', '\x89PNG', 'GIF88a', 'II', 'RIFF\x10\0\0\0WAVEfmt ', '\0\0\0\x1cftypisom', bmp(41), 'BM', '%PDF-1.7', '<svg', '']) {
    t.notOk(begins(head), JSON.stringify(head))
  }
  t.ok(isImageBase64('/9j/4AAQ'), 'a short one')
  t.ok(isImageBase64(`/9j/4AAQSkZJRgABAQAAAQABAAD/${'!'.repeat(20)}`), 'the decoder reports faults further on')
  for (const path of ['/9j/photo.jpg', '/9j/4lice.jpg', 'iVBORw0KGgo.png', 'Qk.bmp', '/data/faces/alice/1.jpg', 'photo', '']) t.notOk(isImageBase64(path), path)
})
