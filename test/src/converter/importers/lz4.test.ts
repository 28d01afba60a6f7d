import t from 'tap'
import { readLz4 } from '../../../../src/converter/importers/numpy/lz4.ts'
import { ascii, bytes, joined, u32 } from './pickles.ts'
import { survives } from './survives.ts'

/** A frame of these blocks, without checksums. */
const frame = (...blocks: readonly Uint8Array[]) =>
  joined(bytes(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0), ...blocks.flatMap((block) => [u32(block.length), block]), u32(0))
const stored = (data: Uint8Array) => joined(bytes(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0), u32((data.length | 0x80000000) >>> 0), data, u32(0))
const unpacked = (file: Uint8Array) => Buffer.from(readLz4(file)).toString('latin1')
/** Compresses nothing, which raises the limit for what follows. */
const literals = (text: string) => joined(bytes(text.length << 4), ascii(text))

t.test('literals, copies that reach into themselves, copies from the block before', async (t) => {
  t.equal(unpacked(frame(literals('weights'))), 'weights')
  t.equal(unpacked(stored(ascii('as it is'))), 'as it is')
  t.equal(unpacked(frame(joined(bytes(0x23), ascii('ab'), bytes(2, 0), bytes(0x10), ascii('.')))), 'ababababa.')
  t.equal(unpacked(frame(literals('abcdefgh'), joined(bytes(0x02), bytes(8, 0), bytes(0x10), ascii('!')))), 'abcdefghabcdef!')
})

t.test('lengths of 15 and more continue in the bytes that follow', async (t) => {
  const text = 'x'.repeat(15 + 255 + 3)
  t.equal(unpacked(frame(joined(bytes(0xf0, 255, 3), ascii(text)))), text)
  t.equal(unpacked(frame(joined(bytes(0x4f), ascii('abcd'), bytes(4, 0), bytes(1), bytes(0x20), ascii('..')))), `${'abcd'.repeat(6)}..`)
})

/**
 * lz4 4.4.5 for Python:
 * `frame.compress(content, compression_level=9, block_linked=False, content_checksum=True, block_checksum=True, store_size=True)`.
 */
const PEER = 'BCJNGHxAfAAAAAAAAACKTgAAAP8ZAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygAFYxhYmNkZWZnaAgA8AV0aGUgZW5kIG9mIHRoZSBmcmFtZWITl9gAAAAAZYjAcg=='

t.test('a frame that lz4 4.4.5 wrote, with its size and checksums', async (t) => {
  const counting = String.fromCharCode(...Array.from({ length: 40 }, (_, i) => i))
  t.equal(unpacked(new Uint8Array(Buffer.from(PEER, 'base64'))), `${counting.repeat(2)}${'abcdefgh'.repeat(3)}the end of the frame`)
})

const refused: Record<string, readonly [file: Uint8Array, message: RegExp]> = {
  'another file': [ascii('PK\x03\x04'), /no LZ4 frame/],
  nothing: [bytes(), /no LZ4 frame/],
  'another version': [bytes(0x04, 0x22, 0x4d, 0x18, 0x80, 0x40, 0xc0), /unknown version/],
  'a dictionary': [bytes(0x04, 0x22, 0x4d, 0x18, 0x41, 0x40, 0xc0), /needs a dictionary/],
  'a frame that is cut off': [frame(literals('weights')).subarray(0, 12), /cut off/],
  'a copy from before the start': [frame(joined(bytes(0x10), ascii('a'), bytes(2, 0))), /copies from 2 bytes before byte 1/],
  'a copy of itself': [frame(joined(bytes(0x10), ascii('a'), bytes(0, 0))), /copies from 0 bytes before/],
  'a bomb': [frame(joined(bytes(0x1f), ascii('a'), bytes(1, 0), new Uint8Array(1000).fill(255), bytes(0))), /more than 3 times its size/],
  'a bomb of literals that are not there': [frame(joined(bytes(0xf0), new Uint8Array(1000).fill(255), bytes(0))), /cut off/],
  'bytes after the frame': [joined(frame(literals('a')), bytes(0)), /1 bytes after its frame/]
}
for (const [what, [file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => readLz4(file), { name: 'ConversionError', message }))

t.test('10,000 damaged frames are read or refused', async (t) =>
  survives(t, frame(literals('abcdefgh'), joined(bytes(0x4f), ascii('wxyz'), bytes(4, 0), bytes(1), bytes(0x20), ascii('..')), literals('the end')), readLz4))
