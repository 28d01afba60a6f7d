import process from 'node:process'
import { type Logger, pino } from 'pino'
import { type Config, readConfig } from '../config/config.ts'
import { FaceError, ConfigError } from '../errors.ts'
import { UsageError } from './usage-error.ts'

/** The parts of the process that a command uses. */
export interface Shell {
  /** Arguments without node and script. */
  readonly args: readonly string[]
  readonly config: Config
  readonly log: Logger
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Prints progress when stderr is a terminal. */
  readonly progress: (text: string) => void
  /** Prints the progress of a run over photos. */
  readonly onPhoto: (done: number, of: number) => void
  /** Registers `close` to run when the command has ended, with or without an error; the last one registered runs first. */
  readonly atEnd: (close: () => Promise<unknown>) => void
}

/**
 * Runs a command and returns the exit code: 0 done, 1 done with a bad result.
 * @throws {UsageError}, {ConfigError}, {FaceError}: exit code 2.
 */
export type Command = (shell: Shell) => Promise<number>

/**
 * Runs a command in this process and sets its exit code. Errors that the user can correct are printed as a sentence.
 *
 * @param args the command line without node and script.
 */
export async function runCommand (
  command: Command,
  { logLevel = 'warn', args = process.argv.slice(2) }: { logLevel?: 'info' | 'warn', args?: readonly string[] } = {}
): Promise<void> {
  const { env, stderr, stdout } = process
  const progress = (text: string): void => { if (stderr.isTTY) stderr.write(text) }
  const closing: Array<() => Promise<unknown>> = []
  try {
    process.exitCode = await command({
      args,
      config: readConfig(env, { dotenv: '.env' }),
      log: pino({ level: logLevel }, pino.destination({ dest: 2, sync: true })),
      out: (text) => stdout.write(text),
      err: (text) => stderr.write(text),
      progress,
      onPhoto: (done, of) => progress(`\r${done} of ${of} photos${done === of ? '\n' : ''}`),
      atEnd: (close) => closing.unshift(close)
    })
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UsageError || error instanceof FaceError)) throw error
    stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } finally {
    for (const close of closing) await close()
  }
}
