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
    // Not within the measurement: the client's own work would count.
    const bytes = Buffer.from(body)
    const { inside, outside } = await holdUp(MOST, async () => { answer = await post(`/api/v1/${path}`, bytes) })
    t.match(answer, { status }, what)
    t.ok(inside < MOST && outside < MOST, `${what}: ${inside.toFixed()} ms inside, ${outside.toFixed()} ms outside`)
  }
})

t.test('no form holds up other requests', async (t) => {
  const { port, holdUp } = await watchedService(t)
  const post = async (path: string, body: string | Buffer) => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: { 'content-type': 'multipart/form-data; boundary=edge' } })
    return { status: answer.statusCode, ...await answer.body.json() as object }
  }
  const part = (name: string, value: string, more = ''): string => `--edge\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
  const END = '--edge--\r\n'
  const file = part('img', 'x'.repeat(10 * MB), '; filename="a.jpg"')
  const base64 = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(10 * MB, 'abc\xff\xfe')]).toString('base64')
  const fill = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length))
  for (const [what, path, body, status] of [
    ['a file', 'represent', file + END, 422],
    ['two photos in base64', 'verify', part('img1', base64) + part('img2', base64) + END, 422],
    ['photos in base64 in quotes', 'verify', part('img1', `"${base64}"`, '\r\nContent-Type: application/json') + part('img2', base64) + END, 400],
    ['base64 with a wrong character at its end', 'represent', part('img', `${base64.slice(0, -9)}!${base64.slice(-8)}`) + END, 400],
    ['a million empty parts', 'represent', '--edge\r\n\r\n\r\n'.repeat(1e6) + END, 422],
    ['many empty texts', 'represent', fill(part('', ''), 13 * MB) + END, 422],
    ['many files', 'represent', fill(part('', '', '; filename=""'), 13 * MB) + END, 422],
    ['headers', 'represent', part('img', '', `; filename="${fill('x', 10 * MB)}"`) + END, 422],
    ['many headers', 'represent', part('img', '', `\r\n${fill('a: b\r\n', 10 * MB)}`) + END, 422],
    ['a preamble', 'analyze', fill('\r\n--', 13 * MB) + file, 413],
    ['something like boundaries', 'represent', part('img', fill('\r\n--edgE', 9 * MB), '; filename="a.jpg"') + END, 422],
    ['something behind the last boundary', 'represent', `${part('img', 'x')}${END}${fill('\r\n--edge', 13 * MB)}`, 400],
    ['a list of numbers', 'verify', part('img1', `[${fill('1,', 13 * MB)}1]`) + part('img2', 'x') + END, 422],
    ['a list of lists', 'verify', part('img1', `[${fill('[],', 13 * MB)}1]`) + part('img2', 'x') + END, 422],
    ['a text', 'represent', part('img', 'x') + part('model_name', fill('é', 13 * MB)) + END, 413],
    ['an unknown text', 'represent', part('img', 'x') + part('unknown', fill('x', 13 * MB)) + END, 413]
  ] as const) {
    let answer: object = {}
    // Not within the measurement: the client's own work would count.
    const bytes = Buffer.from(body)
    const { inside, outside } = await holdUp(MOST, async () => { answer = await post(`/api/v1/${path}`, bytes) })
    t.match(answer, { status }, what)
    t.ok(inside < MOST && outside < MOST, `${what}: ${inside.toFixed()} ms inside, ${outside.toFixed()} ms outside`)
  }
})

t.test('no answer holds up other requests', async (t) => {
  const { port, holdUp } = await watchedService(t)
  const ask = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, { method, ...(body !== undefined && { body }), headers: { 'content-type': 'application/json', ...headers } })
    let bytes = 0
    for await (const chunk of answer.body) bytes += (chunk as Buffer).length
    return { status: answer.statusCode, bytes }
  }
  t.match(await ask('POST', '/api/v1/collections', '{"id":"c"}'), { status: 200 })
  const lines = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ subject: { id: `s${i}`, metadata: { text: 'é'.repeat(8000) } } }))
  for (let i = 0; i < 2000; i++) {
    const embedding = Array.from({ length: 128 }, (_, j) => Math.sin((i + 1) * j))
    lines.push(JSON.stringify({ face: { id: `face-${i}`, subject: `s${i % 1000}`, embedding } }))
  }
  t.match(await ask('POST', '/api/v1/collections/c/import', lines.join('\n'), { 'content-type': 'application/x-ndjson' }), { status: 200 })

  const crowd = JSON.stringify({ img: 'data:,crowd', model_name: 'VGG-Face' })
  const normal = JSON.stringify({ img: 'data:,crowd', model_name: 'VGG-Face', l2_normalize: true })
  for (const [what, method, path, body, least, headers = {}] of [
    ['one large crop', 'POST', '/api/v1/extract_faces', '{"img":"data:,one large crop"}', 60 * MB],
    ['many crops', 'POST', '/api/v1/extract_faces', '{"img":"data:,many crops"}', 60 * MB],
    ['a crowd', 'POST', '/api/v1/represent', crowd, 55 * MB],
    ['a crowd at length 1', 'POST', '/api/v1/represent', normal, 55 * MB],
    ['a crowd in MessagePack', 'POST', '/api/v1/represent', normal, 10 * MB, { accept: 'application/msgpack' }],
    ['a crowd for DeepFace', 'POST', '/represent', crowd, 55 * MB],
    ['a page of subjects', 'GET', '/api/v1/collections/c/subjects?limit=1000', undefined, 15 * MB],
    ['an export', 'GET', '/api/v1/collections/c/export', undefined, 15 * MB],
    ['all rows of a search', 'POST', '/api/v1/collections/c/search', JSON.stringify({ img: 'data:,crowd', k: 1000, similarity_search: true }), MB]
  ] as const) {
    let answer = { status: 0, bytes: 0 }
    const { inside, outside } = await holdUp(MOST, async () => { answer = await ask(method, path, body, headers) })
    t.equal(answer.status, 200, what)
    t.ok(answer.bytes > least, `${what}: ${answer.bytes} bytes`)
    t.ok(inside < MOST && outside < MOST, `${what}: ${inside.toFixed()} ms inside, ${outside.toFixed()} ms outside`)
  }
})
