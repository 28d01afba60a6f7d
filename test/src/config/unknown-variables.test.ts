import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { unknownVariables } from '../../../src/config/unknown-variables.ts'

const KNOWN = ['API_KEYS', 'HOST', 'LOG_LEVEL', 'MAX_IMAGE_BYTES', 'PORT']

t.test('a variable of the file that nobody knows is named, with the one that may be meant', async (t) => {
  const meant = { API_KEY: 'API_KEYS', APIKEYS: 'API_KEYS', api_keys: 'API_KEYS', '\u200bAPI_KEYS': 'API_KEYS', LOGLEVEL: 'LOG_LEVEL', MAX_IMAGES_BYTE: 'MAX_IMAGE_BYTES', POTR: undefined, HTTPS_PROXY: undefined }
  for (const [name, near] of Object.entries(meant)) {
    const [sentence, ...more] = unknownVariables({ [name]: 'x' }, {}, KNOWN)
    t.strictSame(more, [])
    t.equal(sentence, `${JSON.stringify(name)} in the .env file is no variable of this service and has no effect.${near ? ` Was ${near} meant?` : ''}`)
  }
  t.strictSame(unknownVariables({ PORT: '1' }, { PORT: '2' }, KNOWN), [])
})

t.test('of the environment only what is near to a name of ours is named: it holds hundreds of others', async (t) => {
  t.strictSame(unknownVariables({}, { HOME: '/', PATH: '/bin', SHELL: 'sh', HOSTNAME: 'a', NODE_ENV: 'production', LANG: 'C', PWD: '/', TERM: 'x' }, KNOWN), [])
  t.strictSame(unknownVariables({}, { API_KEY: 'x' }, KNOWN), ['"API_KEY" in the environment is no variable of this service. Was API_KEYS meant?'])
})

t.test('no value is quoted, and the start goes on', async (t) => {
  const told: string[] = []
  readConfig({ API_KEY: 'hunter2' }, { warn: (sentence) => told.push(sentence) })
  t.strictSame(told, ['"API_KEY" in the environment is no variable of this service. Was API_KEYS meant?'])
})
