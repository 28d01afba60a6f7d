import process from 'node:process'
import { pino } from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import { cards } from '../models/index.ts'
import { showProgress } from '../store/progress.ts'
import { storeSettings } from '../store/settings.ts'
import { openStore } from '../store/store.ts'
import { runModels } from './models-cli.ts'

/** `npm run models -- …`: looks after the weights. Results go to stdout, the log and the progress to stderr. */
const { argv, env, stderr, stdout } = process
// A person at a terminal sees the progress and the results; only what goes wrong is logged there.
const log = pino({ level: stderr.isTTY ? 'warn' : 'info' }, pino.destination({ dest: 2, sync: true }))

try {
  const config = readConfig(env, { dotenv: '.env' })
  const store = openStore({ ...storeSettings(config), log, progress: showProgress({ log, stream: stderr }) })
  process.exitCode = await runModels(argv.slice(2), { store, cards, out: (text) => stdout.write(text), err: (text) => stderr.write(text) })
  await store.close()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
