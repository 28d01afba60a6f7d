import { stderr } from 'node:process'
import { cards } from '../models/index.ts'
import { showProgress } from '../store/progress.ts'
import { storeSettings } from '../store/settings.ts'
import { openStore } from '../store/store.ts'
import { main } from './main.ts'
import { runModels } from './models-cli.ts'

/** `npm run models -- …`: looks after the weights. A person at a terminal sees progress and results; only what goes wrong is logged there. */
await main(async ({ args, config, log, out, err, atEnd }) => {
  const store = openStore({ ...storeSettings(config), log, progress: showProgress({ log, stream: stderr }) })
  atEnd(() => store.close())
  return await runModels(args, { store, cards, out, err })
}, { logLevel: stderr.isTTY ? 'warn' : 'info' })
