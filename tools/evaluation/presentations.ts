import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import type { Liveness } from '../../src/pipelines/contract.ts'

/** Whether a photo was taken of people, or of prints and screens that show people. */
export type Presentation = 'live' | 'spoof'

/** Names of the sample photos of Minivision's Silent-Face-Anti-Spoofing: `image_T1.jpg` shows a person, `image_F1.jpg` a picture of one. */
const SAMPLE = /_([TF])\d+\.(jpe?g|png)$/i
const PHOTO = /\.(jpe?g|png|webp)$/i

/**
 * Returns the photos, by path, of a folder with names as of Silent-Face-Anti-Spoofing's samples, and of folders that show people alone. Other
 * files are left out, such as the samples' copies with a frame drawn around the face.
 * @throws {UsageError} when a folder cannot be read or has no such photo.
 */
export async function readPresentations (samples: string, live: readonly string[]): Promise<Map<string, Presentation>> {
  const named = await list(samples, (name) => SAMPLE.test(name))
  const others = await Promise.all(live.map((folder) => list(folder, (name) => PHOTO.test(name))))
  return new Map<string, Presentation>([
    ...named.map((path) => [path, SAMPLE.exec(path)![1]!.toUpperCase() === 'T' ? 'live' : 'spoof'] as const),
    ...others.flat().map((path) => [path, 'live'] as const)
  ])
}

async function list (folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: Error) => { throw new UsageError(`The folder cannot be read: ${cause.message}`, { cause }) })
  const photos = names.filter((name) => !basename(name).startsWith('.') && isWanted(name)).sort()
  if (photos.length === 0) throw new UsageError(`${folder} holds no photos.`)
  return photos.map((name) => join(folder, name))
}

/** Errors among cases of one kind. */
export interface ErrorRate {
  readonly errors: number
  readonly of: number
}

/** The faces of photos with what was said of each. */
export type CheckedPhotos = ReadonlyMap<string, ReadonlyArray<{ readonly liveness?: Liveness }>>

/**
 * Counts the errors of ISO/IEC 30107-3: attacks taken for real (`apcer`: of photos of prints and screens, by their largest face) and people taken
 * for attacks (`bpcer`: of faces on photos of people); `refused` counts the photos of people that have such a face. A photo without a face counts
 * in neither.
 */
export function livenessErrors (truth: ReadonlyMap<string, Presentation>, photos: CheckedPhotos): Record<'apcer' | 'bpcer' | 'refused', ErrorRate> {
  const of = (kind: Presentation) => [...truth].flatMap(([path, is]) => is === kind && photos.get(path)!.length > 0 ? [photos.get(path)!] : [])
  const isReal = ({ liveness }: { liveness?: Liveness }): boolean => liveness!.isReal
  const isSpoof = (face: { liveness?: Liveness }): boolean => !isReal(face)
  const rate = <Case>(cases: readonly Case[], isWrong: (one: Case) => boolean): ErrorRate => ({ errors: cases.filter(isWrong).length, of: cases.length })
  return {
    apcer: rate(of('spoof'), ([largest]) => isReal(largest!)),
    bpcer: rate(of('live').flat(), isSpoof),
    refused: rate(of('live'), (faces) => faces.some(isSpoof))
  }
}

/** The largest error rate, 0..1, at which so few errors are not rarer than one time in twenty: the upper end of Clopper and Pearson's interval. */
export function highestRate ({ errors, of }: ErrorRate): number {
  if (errors >= of) return 1
  let [low, high] = [errors / of, 1]
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (atMost(errors, of, middle) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** Probability of at most `errors` among `of` cases that are wrong with probability `p` each. */
function atMost (errors: number, of: number, p: number): number {
  let [sum, log] = [0, of * Math.log1p(-p)]
  for (let k = 0; k <= errors; k++) {
    sum += Math.exp(log)
    log += Math.log((of - k) / (k + 1)) + Math.log(p) - Math.log1p(-p)
  }
  return sum
}
