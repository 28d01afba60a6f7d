import process from 'node:process'
import { pino } from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import { FaceError } from '../errors.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { parts } from '../parts.ts'
import type { Evaluation } from './evaluation.ts'

/** Runs `evaluation` with the command line and the environment of the process; what a person can put right is told in a sentence, with exit code 2. */
export async function main (evaluation: Evaluation): Promise<void> {
  const { argv, env, stderr, stdout } = process
  const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
  const closing: Array<() => Promise<void>> = []
  try {
    const config = readConfig(env, { dotenv: '.env' })
    process.exitCode = await evaluation(argv.slice(2), {
      config,
      async open (models) {
        const { openStore, openEngine } = parts({ ...config, PRELOAD_MODELS: [...models] }, log, stderr)
        const store = await openStore()
        closing.unshift(() => store.close())
        const engine = await openEngine(store)
        closing.unshift(() => engine.close())
        return engine
      },
      out: (text) => stdout.write(text),
      onPhoto: stderr.isTTY ? (done, of) => stderr.write(`\r${done} of ${of} photos${done === of ? '\n' : ''}`) : () => {}
    })
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof EvaluationProblem || error instanceof FaceError)) throw error
    stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } finally {
    for (const close of closing) await close()
  }
}
