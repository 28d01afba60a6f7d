import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { cardNamed } from '../../src/models/catalogue.ts'
import { modelsToPreload, services } from '../../src/services.ts'

const DEFAULT = ['SFace', 'yunet-int8bq', 'age-gender', 'emotion', 'face-mesh']

t.test('the models of a start', async (t) => {
  const start = (environment: NodeJS.ProcessEnv) => {
    const config = readConfig(environment)
    const permits = (name: string) => config.MODEL_LICENSES === 'any' || cardNamed(name).licence.commercial
    const warnings: string[] = []
    return { models: modelsToPreload(config, permits, { warn: (message: string) => { warnings.push(message) } }), warnings }
  }
  t.strictSame(start({}), { models: DEFAULT, warnings: [] })
  t.strictSame(start({ MODEL_LICENSES: 'commercial' }), { models: DEFAULT, warnings: [] }, 'every default model permits commercial use')
  t.strictSame(start({ DEFAULT_DETECTOR: 'skip' }).warnings, [])
  t.strictSame(start({ DEFAULT_DETECTOR: 'opencv' }).models, ['SFace', 'opencv', 'age-gender', 'emotion', 'retinaface'], 'with the model that finds its landmarks')
  t.strictSame(start({ DEFAULT_DETECTOR: 'opencv', MODEL_LICENSES: 'commercial' }).models.at(-1), 'yunet')
  t.strictSame(start({ DEFAULT_PIPELINE: 'deepface', DEFAULT_DETECTOR: 'opencv' }).models, ['SFace', 'opencv'])
  const { models, warnings } = start({ MODEL_LICENSES: 'commercial', DEFAULT_DETECTOR: 'retinaface' })
  t.ok(models.includes('SFace') && !models.includes('retinaface'), 'a refused licence does not stop the start')
  t.match(warnings[0], /retinaface is not opened: its licence/)
})

t.test('ONNX Runtime sends nothing home, unless the environment says otherwise', async (t) => {
  const open = () => services(readConfig({}), t.mock as never, { write: () => {} })
  delete process.env['ORT_DISABLE_TELEMETRY']
  open()
  t.equal(process.env['ORT_DISABLE_TELEMETRY'], '1')
  process.env['ORT_DISABLE_TELEMETRY'] = '0'
  t.teardown(() => { process.env['ORT_DISABLE_TELEMETRY'] = '1' })
  open()
  t.equal(process.env['ORT_DISABLE_TELEMETRY'], '0')
})
