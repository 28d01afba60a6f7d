import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { findCard } from '../../src/models/index.ts'
import { DETECTORS } from '../../src/models/names.ts'
import { usualModels } from '../../src/parts.ts'

t.test('the models of a start', async (t) => {
  const start = (environment: NodeJS.ProcessEnv) => {
    const warnings: string[] = []
    return { models: usualModels(readConfig(environment), { warn: (message: string) => { warnings.push(message) } }), warnings }
  }
  t.strictSame(start({}), { models: ['SFace', 'retinaface', 'age-gender', 'emotion', 'race'], warnings: [] })
  t.strictSame(start({ DEFAULT_DETECTOR: 'skip' }).warnings, [])
  t.strictSame(start({ DEFAULT_PIPELINE: 'deepface', DEFAULT_DETECTOR: 'opencv' }).models, ['SFace', 'opencv'])
  const lacking = DETECTORS.find((name) => name !== 'skip' && !findCard(name))
  if (lacking) {
    t.match(start({ DEFAULT_DETECTOR: lacking }), {
      models: ['SFace', 'age-gender', 'emotion', 'race'],
      warnings: [new RegExp(`^DEFAULT_DETECTOR is ${lacking}, which this version has no weights for`)]
    }, 'a default without weights is told, and does not stop the start')
  }
  const { models, warnings } = start({ MODEL_LICENSES: 'commercial' })
  t.ok(models.includes('SFace') && !models.includes('retinaface'), 'nor does a licence')
  t.match(warnings[0], /retinaface is not opened: its licence/)
})
