/** Number `i` of the sequence that begins with `seed`, from 0 to below 1: mulberry32 (Tommy Ettinger, 2017), by counter. */
export function draw (seed: number, i: number): number {
  const s = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0
  let t = Math.imul(s ^ (s >>> 15), s | 1)
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

/** The numbers of that sequence, one after the other: the same in every run. */
export function random (seed: number): () => number {
  let i = 0
  return () => draw(seed, i++)
}
