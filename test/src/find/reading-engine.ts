import type { FaceEngine } from '../../../src/engine/face-engine.ts'
import { FaceError, engineFailed, imageDecodeError, modelUnavailable, noFaceDetected } from '../../../src/errors.ts'
import { rank } from '../../../src/match/rank.ts'
import type { RepresentOptions } from '../../../src/pipelines/contract.ts'

export interface ReadingEngine extends FaceEngine {
  /** Texts of the images that `represent` received, in order. */
  readonly seen: string[]
  readonly settings: RepresentOptions[]
  /** Called before each image is represented; a test may wait or throw in it. */
  before: (text: string) => Promise<void>
}

/**
 * Returns an engine whose images are texts that spell out vectors: `1,0` is one face, `1,0;0,1` two, `nobody` none, `noise` not an image.
 * With `ages`, a face is as many years old as the first value of its vector says, times ten. `crash` fails as a broken worker does, `closed` as
 * a missing model, `bug` with a TypeError.
 */
export function readingEngine (): ReadingEngine {
  const engine: ReadingEngine = {
    seen: [],
    settings: [],
    before: async () => {},
    provider: 'cpu',
    workers: 2,
    async represent (image, options, { signal } = {}) {
      const text = Buffer.from(image).toString()
      engine.seen.push(text)
      engine.settings.push(options)
      await engine.before(text)
      signal?.throwIfAborted()
      if (text === 'nobody') throw noFaceDetected()
      if (text === 'noise') throw imageDecodeError('The bytes are no image.')
      if (text === 'crash') throw engineFailed(new Error('a worker died'))
      if (text === 'closed') throw modelUnavailable('The weights of SFace are not here.')
      if (text === 'bug') throw new TypeError('a bug')
      return text.split(';').map((face, i) => ({
        box: { x: i, y: 2, w: 3, h: 4 },
        landmarks: undefined,
        score: 1,
        embedding: Float32Array.from(face.split(',').map(Number)),
        ...(options.ages && { age: 10 * Number(face.split(',')[0]) })
      }))
    },
    detect: async () => { throw new FaceError('internal_error', 'not in this world') },
    analyze: async () => { throw new FaceError('internal_error', 'not in this world') },
    ages: async () => { throw new FaceError('internal_error', 'not in this world') },
    extract: async () => { throw new FaceError('internal_error', 'not in this world') },
    fingerprint: async () => ({ weights: [], rotated: false }),
    search: async (request) => rank(request),
    missing: () => [],
    load: () => ({ workers: 2, busy: 0, waiting: 0 }),
    close: async () => {}
  }
  return engine
}
