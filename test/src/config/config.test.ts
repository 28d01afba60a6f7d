import { readFile } from 'node:fs/promises'
import t from 'tap'
import { Environment, readConfig } from '../../../src/config/config.ts'
import { ConfigError } from '../../../src/errors.ts'

/** The problems that stop a start with this environment. */
function problems (environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

t.test('defaults', async (t) => t.match(readConfig({}), {
  HOST: '0.0.0.0',
  PORT: 5000,
  DEBUG: false,
  DEFAULT_MODEL: 'SFace',
  DEFAULT_DETECTOR: 'yunet',
  DEFAULT_METRIC: 'cosine',
  DEFAULT_PIPELINE: 'native',
  GPU_DEVICE: -1,
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'auto',
  MAX_IMAGE_BYTES: 10485760,
  MAX_IMAGE_PIXELS: 50_000_000,
  MODELS_PATH: 'onnx-models',
  MODEL_LICENSES: 'any',
  WORKERS: 0,
  THREADS_PER_WORKER: 1,
  QUEUE_LIMIT: 128,
  REQUEST_TIMEOUT_MS: 30_000,
  TRUST_PROXY: false,
  METRICS: true,
  API_KEYS: [],
  CORS_ORIGINS: [],
  URL_ALLOWED_HOSTS: [],
  PRELOAD_MODELS: undefined
}))

t.test('spellings of the reference service', async (t) => {
  for (const [given, level] of [['INFO', 'info'], ['Warning', 'warn'], ['CRITICAL', 'fatal'], ['trace', 'trace']] as const) {
    t.equal(readConfig({ LOG_LEVEL: given }).LOG_LEVEL, level, given)
  }
  for (const yes of ['true', 'True', '1', 'yes', 'ON']) t.equal(readConfig({ METRICS: 'false', MODELS_OFFLINE: yes }).MODELS_OFFLINE, true, yes)
  t.equal(readConfig({ DEBUG: 'true' }).LOG_LEVEL, 'debug')
  t.equal(readConfig({ DEBUG: 'true', LOG_LEVEL: 'trace' }).LOG_LEVEL, 'trace', 'what is finer stays')
  t.equal(readConfig({ DEFAULT_MODEL: 'sface' }).DEFAULT_MODEL, 'SFace')
})

t.test('GPU_DEVICE', async (t) => {
  t.equal(readConfig({ GPU_DEVICE: '' }).GPU_DEVICE, 'auto', 'empty means the first GPU that works')
  t.equal(readConfig({ GPU_DEVICE: '2' }).GPU_DEVICE, 2)
  t.equal(readConfig({ GPU_DEVICE: '-1' }).GPU_DEVICE, -1)
})

t.test('lists and proxies', async (t) => {
  t.strictSame(['0.01', '1', 'OFF'].map((text) => readConfig({ SEARCH_FALSE_ALARMS: text }).SEARCH_FALSE_ALARMS), [0.01, 1, 'off'])
  for (const text of ['0', '2', 'on', '-1']) t.throws(() => readConfig({ SEARCH_FALSE_ALARMS: text }), { message: /SEARCH_FALSE_ALARMS is .*; it must be a share above 0/ }, text)
  t.strictSame(readConfig({ PRELOAD_MODELS: ' SFace, retinaface,' }).PRELOAD_MODELS, ['SFace', 'retinaface'])
  t.strictSame(readConfig({ URL_ALLOWED_HOSTS: 'Example.COM' }).URL_ALLOWED_HOSTS, ['example.com'])
  t.equal(readConfig({ TRUST_PROXY: 'true' }).TRUST_PROXY, true)
  t.equal(readConfig({ TRUST_PROXY: '2' }).TRUST_PROXY, 2)
  t.strictSame(readConfig({ TRUST_PROXY: '10.0.0.0/8, 127.0.0.1' }).TRUST_PROXY, ['10.0.0.0/8', '127.0.0.1'])
})

t.test('empty counts as not set', async (t) => t.equal(readConfig({ PORT: '', FACES_DB_PATH: ' ' }).FACES_DB_PATH, undefined))

t.test('a wrong value is a sentence: variable, value, what is allowed', async (t) => {
  t.strictSame(problems({ PORT: 'http' }), ['PORT is "http"; it must be a whole number from 0 to 65535.'])
  t.strictSame(problems({ PORT: '70000', LOG_FORMAT: 'xml', METRICS: 'maybe', GPU_DEVICE: 'gpu', RATE_LIMIT: 'lots' }), [
    'PORT is "70000"; it must be a whole number from 0 to 65535.',
    'LOG_FORMAT is "xml"; it must be one of auto, json, text.',
    'GPU_DEVICE is "gpu"; it must be -1 (CPU), the number of a GPU, or empty (the first GPU that works, else the CPU).',
    'RATE_LIMIT is "lots"; it must be <requests>/<second, minute, hour or day>, such as 100/minute.',
    'METRICS is "maybe"; it must be true or false.'
  ])
})

t.test('.env', async (t) => {
  const folder = t.testdir({ '.env': 'PORT=6000\nHOST=::1\nGPU_DEVICE=\nLOG_LEVEL=WARNING\n', bad: 'PORT=no\n' })
  t.match(readConfig({ PORT: '7000' }, { dotenv: `${folder}/.env` }), { PORT: 7000, HOST: '::1', GPU_DEVICE: 'auto', LOG_LEVEL: 'warn' }, 'the environment wins')
  t.match(readConfig({}, { dotenv: `${folder}/none` }), { PORT: 5000 }, 'may be missing')
  t.throws(() => readConfig({}, { dotenv: `${folder}/bad` }), { message: 'PORT is "no"; it must be a whole number from 0 to 65535.' })
  t.throws(() => readConfig({}, { dotenv: folder }), { code: 'EISDIR' }, 'what cannot be read is not ignored')
})

t.test('.env.example lists every variable with description and default', async (t) => {
  const lines = (await readFile(new URL('../../../.env.example', import.meta.url), 'utf8')).split('\n')
  const found = lines.flatMap((line, i) => {
    const [, off, name, value] = /^(# )?([A-Z_]+)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, value: off ? undefined : value, comment: lines[i - 1] ?? '' }]
  })
  t.strictSame(found.map(({ name }) => name), Object.keys(Environment.properties))
  for (const { name, value, comment } of found) {
    const { description, default: standard } = Environment.properties[name as keyof typeof Environment.properties]
    t.ok(comment.startsWith(`# ${description}`), `${name} is described`)
    t.equal(value, standard === undefined ? undefined : String(standard), `default of ${name}`)
  }
})
