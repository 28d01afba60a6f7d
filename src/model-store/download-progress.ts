import type { Progress, ProgressSink, StoreLog } from './store-context.ts'

export interface ProgressOptions {
  readonly log: StoreLog
  /** Receives the line on a terminal: stderr. */
  readonly stream: { readonly isTTY?: boolean | undefined, write: (text: string) => unknown }
  /** Clock in milliseconds, for tests. */
  readonly now?: () => number
}

/** Milliseconds between two updates: smooth on a terminal, a sign of life in a log. */
const INTERVAL = { terminal: 100, log: 2_000 }

/** Characters of the bar. */
const WIDTH = 20

/**
 * Returns a sink that shows downloads: on a terminal as one line that is rewritten, elsewhere as a log line every two seconds and one at
 * the end.
 */
export function showProgress (options: ProgressOptions): ProgressSink {
  return options.stream.isTTY ? onTerminal(options) : inLog(options)
}

function onTerminal ({ stream, now = () => performance.now() }: ProgressOptions): ProgressSink {
  const running = new Map<string, string>()
  let last = -Infinity
  return (progress) => {
    running.set(progress.what, line(progress))
    if (isDone(progress)) {
      running.delete(progress.what)
      stream.write(`\r\x1b[2K${line(progress)}\n`)
    } else if (now() - last < INTERVAL.terminal) return
    last = now()
    stream.write(`\r\x1b[2K${[...running.values()].join('  ')}`)
  }
}

function inLog ({ log, now = () => performance.now() }: ProgressOptions): ProgressSink {
  const shown = new Map<string, number>()
  return (progress) => {
    const { what, done, total } = progress
    const last = shown.get(what)
    // The first bytes only start the clock, so that a quick download logs nothing but its end.
    if (last === undefined) shown.set(what, now())
    if (!isDone(progress) && (last === undefined || now() - last < INTERVAL.log)) return
    shown.set(what, now())
    log.info({ what, done, total }, line(progress))
  }
}

const isDone = ({ done, total }: Progress): boolean => done === total

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Formats progress: `mnet.25_v2.onnx [##########----------] 1.0 MB of 2.1 MB`, without a bar where the size is unknown. */
export function line ({ what, done, total }: Progress): string {
  if (!total) return `${what} ${megabytes(done)}`
  const filled = Math.min(WIDTH, Math.floor(WIDTH * done / total))
  return `${what} [${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${megabytes(done)} of ${megabytes(total)}`
}
