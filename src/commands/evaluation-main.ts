import { stderr } from 'node:process'
import { services } from '../services.ts'
import type { Evaluation } from './evaluation.ts'
import { main } from './main.ts'

/** Runs `evaluation` in this process, on the engine of the service. */
export const evaluate = (evaluation: Evaluation): Promise<void> => main(({ args, config, log, out, onPhoto, atEnd }) => evaluation(args, {
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
}))
