import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

/** Milliseconds of work after which others have their turn. */
const TURN = 5

/**
 * Hands each chunk of a stream to `take`, and lets the event loop go on after some milliseconds: the system hands over up to 32 chunks at a
 * time. When `take` throws, the rest is read and dropped, so that the client can read the answer.
 * @throws what `take` throws, or the stream.
 */
export async function inTurns (stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  let since = performance.now()
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      take(chunk)
      if (performance.now() - since < TURN) continue
      await setImmediate()
      since = performance.now()
    }
  } catch (error) {
    stream.resume()
    throw error
  }
}
