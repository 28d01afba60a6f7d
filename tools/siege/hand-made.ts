/** A bitmap of one colour with 8 bits a pixel, run-length coded (BI_RLE8): its data are the mark of its end. */
export function rleBitmap (width: number, height: number): Buffer {
  const [headers, palette, data] = [54, 1024, Buffer.from([0, 1])]
  const bytes = Buffer.alloc(headers + palette + data.length)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(headers + palette, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(8, 28)
  bytes.writeUInt32LE(1, 30)
  bytes.writeUInt32LE(data.length, 34)
  data.copy(bytes, headers + palette)
  return bytes
}

const u16 = (value: number): number[] => [value & 255, value >> 8]

/** A GIF of `frames` frames of one pixel on a canvas of `width` × `height`. */
export function framedGif (width: number, height: number, frames: number): Buffer {
  // A table of two colours; no background, no aspect.
  const start = Buffer.from([...Buffer.from('GIF89a'), ...u16(width), ...u16(height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255])
  // A pause of 0.1 s; at (0, 0), 1 × 1; LZW of clear, colour 0, end in codes of three bits.
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, ...u16(0), ...u16(0), ...u16(1), ...u16(1), 0, 2, 2, 0x44, 0x01, 0])
  return Buffer.concat([start, ...new Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])])
}
