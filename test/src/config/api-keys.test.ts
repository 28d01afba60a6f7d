import t from 'tap'
import { parseApiKeys } from '../../../src/config/api-keys.ts'

const ALL = 'all-0123456789abcdef'
const FACES = 'faces-0123456789abcdef'

t.test('parseApiKeys', async (t) => {
  const [a, b] = parseApiKeys(` ${ALL}, ${FACES}:faces+models,`)
  t.strictSame([...a!.scopes], ['faces', 'models', 'metrics'])
  t.strictSame([...b!.scopes], ['faces', 'models'])
  t.match(a!.id, /^[0-9a-f]{12}$/)
  t.notMatch(JSON.stringify([a, b]), /0123456789/, 'the keys themselves are not kept')
  const secret = 'hunter2-hunter2-hunter2'
  const wrong: Array<[string, RegExp]> = [
    ['hunter2', /entry 2 has a key of 7 characters; it must have 16 to 256/],
    [secret.repeat(20), /entry 2 has a key of 460 characters/],
    [`:${secret}`, /entry 2/],
    [':faces', /entry 2 has a key with/],
    [`${secret}:`, /entry 2 has an unknown scope; scopes are faces, models, metrics/],
    [`${secret}:admin`, /unknown scope/],
    [`${secret}:faces+`, /unknown scope/],
    [`${secret}:hunter2:faces`, /more than one colon/],
    [`${secret} ${secret}`, /spaces/],
    [`${secret}é`, /outside ASCII/],
    [ALL, /entry 2 repeats the key of entry 1/],
    [`${ALL}:faces`, /entry 2 repeats the key of entry 1/]
  ]
  for (const [entry, expected] of wrong) {
    let message = ''
    try {
      parseApiKeys(`${ALL},${entry}`)
    } catch (error) {
      message = (error as Error).message
    }
    t.match(message, expected)
    t.notMatch(message, /hunter2|admin|0123456789/)
  }
})
