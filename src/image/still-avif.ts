/** Major brands by which libvips 8.18 recognises a HEIF file (heifload.c). */
const KNOWN: ReadonlySet<string> = new Set(['heic', 'heix', 'hevc', 'heim', 'heis', 'hevm', 'hevs', 'mif1', 'msf1', 'avif'])
/** Brands of files with AV1 pictures (AV1 Image File Format §6), and of those with a picture of any kind. */
const STILL: ReadonlySet<string> = new Set(['avif', 'avis', 'mif1', 'miaf'])
/** Most compatible brands that are looked at; files of encoders have about ten. */
const MOST_BRANDS = 64

/**
 * Returns an AVIF under a brand that libvips knows. An animated AVIF has its first frame, or another picture that stands for it, as an item
 * of its own, but its major brand is `avis`. Other files are returned as they are.
 */
export function stillAvif (bytes: Uint8Array): Uint8Array {
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (text(4) !== 'ftyp' || KNOWN.has(text(8))) return bytes
  const end = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0), 16 + 4 * MOST_BRANDS)
  const brands = [text(8)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(at))
  if (!brands.some((brand) => STILL.has(brand))) return bytes
  const renamed = bytes.slice()
  renamed.set([0x61, 0x76, 0x69, 0x66], 8)
  return renamed
}
