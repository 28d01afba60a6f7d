import { crc32 } from 'node:zlib'
import { conversionError } from '../../conversion-error.ts'
import { ppm } from './ppm.ts'
import { rangeDecoder } from './range-decoder.ts'

/** Symbol that follows the last byte. */
const END = 256
/** After every 20,000 bytes a known symbol follows, which reveals damage: `value` of `total` equally likely ones. */
const CHECK = { every: 20_000, value: 1500, total: 8000 } as const

/**
 * Unpacks the output of dlib's `compress_stream::kernel_1ea` (dlib 20.0 `compress_stream/compress_stream_kernel_1.h`).
 * @throws {Error} ConversionError when the data is damaged.
 */
export function decompress (packed: Uint8Array): Uint8Array {
  const coder = rangeDecoder(packed)
  const symbol = ppm(coder, END + 1)
  const bytes: number[] = []
  for (let next = symbol(); next !== END; next = symbol()) {
    bytes.push(next)
    if (bytes.length % CHECK.every !== 0) continue
    if (coder.target(CHECK.total) !== CHECK.value) throw damaged()
    coder.pass(CHECK.value, CHECK.value + 1)
  }
  const whole = Uint8Array.from(bytes)
  const sum = [symbol(), symbol(), symbol(), symbol()].reduce((value, byte) => value * 256 + byte)
  if (sum !== crc32(whole)) throw damaged()
  return whole
}

const damaged = (): Error => conversionError('The dlib file is damaged: what is packed in it does not unpack to what its check sum says.')
