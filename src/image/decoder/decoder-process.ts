/**
 * Entry of the decoder's process: decodes one picture after the other from standard input to standard output. Decoders are native code that
 * cannot be interrupted, so this process ends itself when a picture takes more than its bounds, and when nobody waits any more.
 */
import { FaceError, imageDecodeError, toMessage } from '../../errors.ts'
import { decode } from '../decode.ts'
import { configureSharp } from '../loaders.ts'
import type { Bounds, DecodeRequest } from './decoder-protocol.ts'
import { framesOf, writeFrame } from './frames.ts'

/** Milliseconds between two looks at time and memory. */
const LOOK = 20

/** No clean-up: a thread that decodes would have to end first. */
const end = (): void => { process.kill(process.pid, 'SIGKILL') }

// A terminal sends its signals to all processes of a group; this one ends with the service.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.stdin.on('end', end).on('error', end)
process.stdout.on('error', end)
configureSharp()

for await (const { head: { limit, size, bounds }, bytes } of framesOf<DecodeRequest>(process.stdin)) {
  const watch = watchBounds(bounds)
  try {
    const { width, height, data } = await decode(bytes, limit, size ?? undefined)
    writeFrame(process.stdout, { width, height }, data)
  } catch (error) {
    const failure = error instanceof FaceError ? error : imageDecodeError('The image cannot be decoded.', error)
    writeFrame(process.stdout, { error: toMessage(failure) }, new Uint8Array(0))
  } finally {
    clearInterval(watch)
  }
}

function watchBounds ({ milliseconds, memory }: Bounds): NodeJS.Timeout {
  const latest = performance.now() + milliseconds
  const most = process.memoryUsage.rss() + memory
  return setInterval(() => {
    if (performance.now() > latest || process.memoryUsage.rss() > most) end()
  }, LOOK)
}
