import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { allowedDefaults } from '../../src/services.ts'

t.test('the models of a start', async (t) => {
  const start = (environment: NodeJS.ProcessEnv) => {
    const warnings: string[] = []
    return { models: allowedDefaults(readConfig(environment), { warn: (message: string) => { warnings.push(message) } }), warnings }
  }
  t.strictSame(start({}), { models: ['SFace', 'retinaface', 'age-gender', 'emotion', 'race'], warnings: [] })
  t.strictSame(start({ DEFAULT_DETECTOR: 'skip' }).warnings, [])
  t.strictSame(start({ DEFAULT_DETECTOR: 'opencv' }).models, ['SFace', 'opencv', 'age-gender', 'emotion', 'race', 'retinaface'], 'with what finds its landmarks')
  t.strictSame(start({ DEFAULT_DETECTOR: 'opencv', MODEL_LICENSES: 'commercial' }).models.at(-1), 'yunet')
  t.strictSame(start({ DEFAULT_PIPELINE: 'deepface', DEFAULT_DETECTOR: 'opencv' }).models, ['SFace', 'opencv'])
  const { models, warnings } = start({ MODEL_LICENSES: 'commercial' })
  t.ok(models.includes('SFace') && !models.includes('retinaface'), 'nor does a licence')
  t.match(warnings[0], /retinaface is not opened: its licence/)
})
