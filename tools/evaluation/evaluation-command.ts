import { stderr } from 'node:process'
import type { Command } from '../../src/commands/command-line.ts'
import { services } from '../../src/services.ts'
import type { Evaluation } from './evaluation.ts'

/** Wraps `evaluation` as a command that runs on the engine of the service. */
export const evaluationCommand = (evaluation: Evaluation): Command => ({ args, config, log, out, onPhoto, atEnd }) => evaluation(args, {
  config,
  async open (models) {
    const { openStore, openEngine } = services({ ...config, PRELOAD_MODELS: [...models] }, log, stderr)
    const store = await openStore()
    atEnd(() => store.close())
    const engine = await openEngine(store)
    atEnd(() => engine.close())
    return engine
  },
  out,
  onPhoto
})
