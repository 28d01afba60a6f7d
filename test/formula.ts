/**
 * The pseudo-random numbers of `../shared/keras/README.md`, from which its reference outputs were made: mulberry32 evaluated by
 * counter, seeded with FNV-1a of a short text. In [0, 1).
 */
export function formula (text: string): (i: number) => number {
  const seed = new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)
  return (i) => {
    const s = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0
    let t = Math.imul(s ^ (s >>> 15), s | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
