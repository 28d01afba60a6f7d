import process from 'node:process'
import { pino } from 'pino'
import { readConfig } from '../config/config.ts'
import { FaceError, ConfigError } from '../errors.ts'
import { runCollections } from './collections-cli.ts'

/** `npm run collections -- …`: maintains the collections. Results go to stdout, problems to stderr. */
const { argv, env, stderr, stdout, stdin } = process
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))

try {
  const { COLLECTIONS_URL: url } = readConfig(env, { dotenv: '.env' })
  process.exitCode = await runCollections(argv.slice(2), { url, log, stdin, stdout, err: (text) => stderr.write(text) })
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof FaceError)) throw error
  stderr.write(`${error.message}\n`)
  if (error instanceof FaceError && error.cause instanceof Error) stderr.write(`${error.cause.message}\n`)
  process.exitCode = error instanceof ConfigError ? 2 : 1
}
