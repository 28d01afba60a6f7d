import process from 'node:process'
import { type Logger, pino } from 'pino'
import { type Config, readConfig } from '../config/config.ts'
import { FaceError, ConfigError } from '../errors.ts'
import type { OnPhoto } from '../evaluation/photos.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'

/** What a command has of the process. */
export interface Shell {
  /** Without node and script. */
  readonly args: readonly string[]
  readonly config: Config
  readonly log: Logger
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Tells somebody at a terminal how far it is. */
  readonly progress: (text: string) => void
  readonly onPhoto: OnPhoto
  /** `close` runs when the command has ended, however it did; the last one first. */
  readonly atEnd: (close: () => Promise<unknown>) => void
}

/** Runs a command in this process, which ends with the exit code it returns. What a person can put right is told in a sentence, with exit code 2. */
export async function main (command: (shell: Shell) => Promise<number>, { logLevel = 'warn' }: { logLevel?: 'info' | 'warn' } = {}): Promise<void> {
  const { argv, env, stderr, stdout } = process
  const progress = (text: string): void => { if (stderr.isTTY) stderr.write(text) }
  const closing: Array<() => Promise<unknown>> = []
  try {
    process.exitCode = await command({
      args: argv.slice(2),
      config: readConfig(env, { dotenv: '.env' }),
      log: pino({ level: logLevel }, pino.destination({ dest: 2, sync: true })),
      out: (text) => stdout.write(text),
      err: (text) => stderr.write(text),
      progress,
      onPhoto: (done, of) => progress(`\r${done} of ${of} photos${done === of ? '\n' : ''}`),
      atEnd: (close) => closing.unshift(close)
    })
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof EvaluationProblem || error instanceof FaceError)) throw error
    stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } finally {
    for (const close of closing) await close()
  }
}
