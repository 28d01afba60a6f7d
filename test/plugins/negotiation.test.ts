import t from 'tap'
import { withoutParameters } from '../../plugins/negotiation.ts'
import { build } from '../build.ts'

t.test('Accept with parameters asks for the same as without', async (t) => {
  const app = await build(t)
  const status = async (accept: string, url = '/health') => (await app.inject({ url, headers: { accept } })).statusCode
  for (const accept of ['application/json; charset=utf-8', 'application/json;charset=UTF-8;q=0.9', 'text/html, application/json; profile="a,b;c"', 'application/*;v=1', '*/*; q=0.1']) {
    t.equal(await status(accept), 200, accept)
  }
  for (const accept of ['text/html; charset=utf-8', 'application/json;q=0', 'application/xml']) t.equal(await status(accept), 406, accept)
  t.equal((await app.inject({ method: 'POST', url: '/api/v1/represent', headers: { accept: 'application/msgpack; version=5' }, payload: { img: 'data:,a' } })).headers['content-type'], 'application/msgpack')
})

t.test('parameters are dropped, q is kept, and quoted signs part nothing', async (t) => {
  t.equal(withoutParameters('a/b;x=1;q=0.5, c/d ; q=1 ; y="\\",;"'), 'a/b;q=0.5, c/d;q=1')
  t.equal(withoutParameters(''), '')
})

t.test('a content type without a body means nothing', async (t) => {
  const app = await build(t)
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    t.equal((await app.inject({ method: 'DELETE', url: '/api/v1/collections/none', headers: { 'content-type': type } })).json().error_code, 'not_found', type)
    t.equal((await app.inject({ url: '/health', headers: { 'content-type': type } })).statusCode, 200, type)
  }
  const empty = await app.inject({ method: 'POST', url: '/api/v1/verify', headers: { 'content-type': 'application/json' } })
  t.match(empty.json(), { error_code: 'validation_error', details: { fields: [{ field: 'img1', msg: 'is required' }, { field: 'img2' }] } }, 'the fields are named')
})
