import t from 'tap'
import json from '../../plugins/json.ts'
import { bare } from './bare.ts'

t.test('JSON bodies', async (t) => {
  const app = bare(t)
  await app.register(json)
  app.post('/', async ({ body }) => body)
  const post = (payload: string | Buffer) => app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json' } })

  for (const [text, name] of [
    ['{"a":[1,"é","\\u00e9",{"b":null}]}', 'letters, escaped or not'],
    ['\uFEFF{"a":1}', 'a byte order mark'],
    ['{"of":"__proto__","constructor":"Sagrada"}', 'words that are no danger as values']
  ] as const) {
    const { statusCode, body } = await post(text)
    t.match({ statusCode, body: JSON.parse(body) }, { statusCode: 200, body: JSON.parse(text.replace('\uFEFF', '')) }, name)
  }
  for (const text of [
    '', '{', '{"a":1}x',
    '{"__proto__":{"isAdmin":true}}',
    '{"a":[{"__proto__" : 1}]}',
    '{"\\u005f_proto\\u005F_":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"con\\u0073tructor":{"prototype":1}}'
  ]) {
    const { statusCode, body } = await post(text)
    t.match({ statusCode, body: JSON.parse(body) }, { statusCode: 400, body: { code: text === '' ? 'FST_ERR_CTP_EMPTY_JSON_BODY' : 'FST_ERR_CTP_INVALID_JSON_BODY' } }, text)
  }
})

t.test('what would take long to read is refused unread', async (t) => {
  const app = bare(t)
  await app.register(json)
  app.post('/', { bodyLimit: 1e8 }, async () => ({}))
  for (const [text, status] of [
    [`[${'[],'.repeat(10_000)}1]`, 422], [`[${'{},'.repeat(10_001)}1]`, 422], ['['.repeat(20_000), 422],
    [`{${Array.from({ length: 10_001 }, (_, i) => `"${i}":1`).join()}}`, 422], [`[${'1,'.repeat(9e6)}1]`, 422],
    [`[${'[],'.repeat(9_000)}1]`, 200], [`[${'1,'.repeat(1e6)}1]`, 200]
  ] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url: '/', payload: text, headers: { 'content-type': 'application/json' } })
    t.equal(statusCode, status, `${text.slice(0, 20)}… of ${text.length} characters`)
  }
})
