import { readConfig } from '../../src/config/config.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import type { Evaluation } from '../../tools/evaluation/evaluation.ts'
import { spelling } from '../build.ts'

/** Runs a command on a fake engine that detects the people whose letters a photo's bytes are. */
export async function run (evaluation: Evaluation, args: readonly string[], engine: Partial<FaceEngine> = {}) {
  let out = ''
  const opened: string[][] = []
  const code = await evaluation(args, {
    config: readConfig({}),
    async open (models) {
      opened.push([...models])
      return { ...spelling, ...engine }
    },
    out: (text) => { out += text },
    onPhoto: () => {}
  })
  return { code, out, opened, figures: Object.fromEntries([...out.matchAll(/^(\w+) +(-|[\d.]+) /gm)].map(([, name, value]) => [name, value])) }
}
