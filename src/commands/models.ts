import { env, stderr } from 'node:process'
import { modelStoreOptions } from '../config/model-store-options.ts'
import { showProgress } from '../model-store/download-progress.ts'
import { openModelStore } from '../model-store/open-model-store.ts'
import { cards } from '../models/catalogue.ts'
import { runCommand } from './command-line.ts'
import { runModels } from './models-cli.ts'

/** `npm run models -- …`: maintains the weights. At a terminal it shows progress and results and logs only problems. */
await runCommand(async ({ args, config, log, out, err, atEnd }) => {
  const store = openModelStore({ ...modelStoreOptions(config, env), log, progress: showProgress({ log, stream: stderr }) })
  atEnd(() => store.close())
  return await runModels(args, { store, cards, out, err })
}, { logLevel: stderr.isTTY ? 'warn' : 'info' })
