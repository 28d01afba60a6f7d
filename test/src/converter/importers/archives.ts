import { deflateRawSync } from 'node:zlib'
import { ascii, bytes, joined, u32, u64 } from './pickles.ts'

const u16 = (value: number): Uint8Array => bytes(value & 0xff, value >> 8)

export interface ArchiveOptions {
  /** Stores sizes and positions in ZIP64 fields, as PyTorch and NumPy do. */
  readonly zip64?: boolean
  readonly deflate?: boolean
  /** False unpacked size to record in the directory. */
  readonly claimed?: number
}

/** Writes a zip of these files. */
export function archive (files: Readonly<Record<string, Uint8Array>>, { zip64 = false, deflate = false, claimed }: ArchiveOptions = {}): Uint8Array {
  const locals: Uint8Array[] = []
  const central: Uint8Array[] = []
  let at = 0
  for (const [name, content] of Object.entries(files)) {
    const data = deflate ? deflateRawSync(content) : content
    const size = claimed ?? content.length
    const method = joined(u16(0), u16(deflate ? 8 : 0), u32(0), u32(0))
    const local = joined(ascii('PK\x03\x04'), u16(20), method, u32(data.length), u32(size), u16(name.length), u16(0), ascii(name), data)
    const extra = zip64 ? joined(u16(1), u16(24), u64(size), u64(data.length), u64(at)) : bytes()
    const short = (value: number) => u32(zip64 ? 0xffffffff : value)
    central.push(joined(
      ascii('PK\x01\x02'), u16(20), u16(20), method, short(data.length), short(size), u16(name.length), u16(extra.length),
      u16(0), u16(0), u16(0), u32(0), short(at), ascii(name), extra))
    locals.push(local)
    at += local.length
  }
  const directory = joined(...central)
  const wide = joined(ascii('PK\x06\x06'), u64(44), u16(45), u16(45), u32(0), u32(0), u64(central.length), u64(central.length), u64(directory.length), u64(at),
    ascii('PK\x06\x07'), u32(0), u64(at + directory.length), u32(1))
  const end = zip64
    ? joined(wide, ascii('PK\x05\x06'), u32(0), u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff), u16(0))
    : joined(ascii('PK\x05\x06'), u32(0), u16(central.length), u16(central.length), u32(directory.length), u32(at), u16(0))
  return joined(...locals, directory, end)
}
