import { request } from 'undici'
import t from 'tap'
import { watchedService } from './fixtures/hold-up.ts'

/** Longest time, in milliseconds, for which a request may hold up all others. */
const MOST = 100
const MB = 1e6

t.test('no body of JSON holds up other requests', async (t) => {
  const { port, holdUp } = await watchedService(t)
  const post = async (path: string, body: string | Buffer, type = 'application/json') => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: { 'content-type': type } })
    return { status: answer.statusCode, ...await answer.body.json() as object }
  }
  t.match(await post('/api/v1/collections', '{"id":"c"}'), { status: 200 })

  const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(10 * MB, 'abc\xff\xfe')]).toString('base64')
  const escaped = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(9 * MB, 'abc\xff\xfe')]).toString('base64').replaceAll('/', '\\/')
  const vector = JSON.stringify(Array.from({ length: 4096 }, (_, i) => Math.sin(i)))
  const fill = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length))
  for (const [what, path, body, status] of [
    ['two photos', 'verify', `{"img1":"${photo}","img2":"${photo}"}`, 422],
    ['two photos with escaped slashes', 'verify', `{"img1":"${escaped}","img2":"${escaped}"}`, 422],
    ['a photo with a wrong character at its end', 'represent', `{"img":"${photo.slice(0, -9)}!${photo.slice(-8)}"}`, 400],
    ['a text', 'represent', `{"img":"${fill('x', 13 * MB)}"}`, 400],
    ['many texts', 'represent', `{"img":["${fill('x","', 13 * MB)}"]}`, 413],
    ['many escaped quotes', 'represent', `{"img":"${fill('\\"', 13 * MB)}"}`, 400],
    ['a list of lists', 'represent', `{"img":[${fill('[],', 13 * MB)}1]}`, 413],
    ['many fields', 'represent', `{${fill('"a":1,', 13 * MB)}"b":1}`, 413],
    ['many numbers', 'verify', `{"img1":[${fill('1,', 27 * MB)}1]}`, 422],
    ['spaces', 'represent', `{${fill(' ', 13 * MB)}}`, 413],
    ['brackets', 'represent', fill('[', 13 * MB), 413],
    ['a long number', 'represent', `[${fill('1', 13 * MB)}]`, 422],
    ['escapes', 'represent', `{"img":"${fill('\\u0041', 13 * MB)}"}`, 400],
    ['vectors', 'collections/c/cluster', `{"embeddings":[${fill(`${vector},`, 100 * MB)}${vector}]}`, 422],
    ['short vectors', 'collections/c/cluster', `{"embeddings":[${fill(`${JSON.stringify(Array(128).fill(0.123456789012345))},`, 6 * MB)}${JSON.stringify(Array(128).fill(1))}]}`, 422],
    ['metadata', 'collections/c/subjects', `{"id":"x","metadata":{"a":"${fill('é', 13 * MB)}"}}`, 413]
  ] as const) {
    let answer: object = {}
    const { inside, outside } = await holdUp(async () => { answer = await post(`/api/v1/${path}`, body) })
    t.match(answer, { status }, what)
    t.ok(inside < MOST && outside < MOST, `${what}: ${inside.toFixed()} ms inside, ${outside.toFixed()} ms outside`)
  }
})
