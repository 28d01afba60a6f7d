import type { Progress, ProgressSink, StoreLog } from './context.ts'

export interface ProgressOptions {
  readonly log: StoreLog
  /** Where a terminal is, if there is one: stderr. */
  readonly stream: { readonly isTTY?: boolean | undefined, write: (text: string) => unknown }
  /** Milliseconds; for tests. */
  readonly now?: () => number
}

/** A log file wants to see that something goes on, no more; an eye wants to see it move. In milliseconds. */
const EVERY = { log: 2_000, terminal: 100 }

const WIDTH = 24

/** Shows downloads: one line that is rewritten on a terminal, a log line every two seconds elsewhere. The last state is always shown. */
export function showProgress ({ log, stream, now = () => performance.now() }: ProgressOptions): ProgressSink {
  const shown = new Map<string, number>()
  const every = stream.isTTY ? EVERY.terminal : EVERY.log
  return (progress) => {
    const { what, done, total } = progress
    const last = shown.get(what)
    const finished = done === total
    if (!finished && last !== undefined && now() - last < every) return
    shown.set(what, now())
    if (stream.isTTY) stream.write(`\r\x1b[2K${line(progress)}${finished ? '\n' : ''}`)
    else log.info({ what, done, total }, line(progress))
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** `SFace.onnx [######------] 19.3 MB of 38.7 MB` */
export function line ({ what, done, total }: Progress): string {
  if (!total) return `${what} ${megabytes(done)}`
  const filled = Math.min(WIDTH, Math.floor(WIDTH * done / total))
  return `${what} [${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${megabytes(done)} of ${megabytes(total)}`
}
