import t, { type Test } from 'tap'
import { build } from '../build.ts'

const APP = 'https://app.example.com'
/** Chromium's, shortened. */
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36' }

/** Headers that browsers send with a form of another page, and with its `fetch`. */
const FOREIGN = {
  'a form of another site': { ...BROWSER, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  'a form in a sandboxed frame': { ...BROWSER, origin: 'null', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  'fetch without CORS': { ...BROWSER, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  'a page of another port': { ...BROWSER, origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
  'an older browser': { ...BROWSER, origin: 'https://evil.example' },
  'an older browser, from a file': { ...BROWSER, origin: 'null' }
}

async function poster (t: Test, env: Record<string, string> = {}) {
  const app = await build(t, { env })
  return async (headers: Record<string, string>, method: 'GET' | 'POST' = 'POST', url = '/api/v1/represent') => {
    const response = await app.inject({ method, url, headers: { host: 'localhost:5000', ...headers }, ...method === 'POST' && { payload: { img: 'data:,a' } } })
    return { status: response.statusCode, code: response.headers['content-type']?.toString().startsWith('application/json') ? response.json().error_code : undefined }
  }
}

t.test('a page of another site can make no browser enrol, search or read', async (t) => {
  const ask = await poster(t)
  for (const [what, headers] of Object.entries(FOREIGN)) {
    t.strictSame(await ask(headers), { status: 403, code: 'forbidden' }, what)
    t.equal((await ask(headers, 'GET', '/api/v1/collections/a/export')).status, 403, `${what}, reading`)
  }
})

t.test('unless CORS_ORIGINS names it', async (t) => {
  const listed = await poster(t, { CORS_ORIGINS: APP })
  t.equal((await listed({ ...BROWSER, origin: APP, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).status, 200)
  t.equal((await listed(FOREIGN['fetch without CORS'])).status, 403, 'another one')
  const all = await poster(t, { CORS_ORIGINS: '*' })
  for (const [what, headers] of Object.entries(FOREIGN)) t.equal((await all(headers)).status, 200, what)
})

t.test('programs, the own pages and a link to them are served', async (t) => {
  const ask = await poster(t)
  t.equal((await ask({})).status, 200, 'a program')
  t.equal((await ask({ ...BROWSER, origin: 'http://localhost:5000', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).status, 200, 'Swagger UI')
  t.equal((await ask({ ...BROWSER, origin: 'http://localhost:5000' })).status, 200, 'Swagger UI in an older browser')
  t.equal((await ask({ ...BROWSER, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 'GET', '/api/v1/models')).status, 200, 'a typed address')
  t.not((await ask({ ...BROWSER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET', '/docs')).status, 403, 'a link to the documentation')
  t.equal((await ask({ ...BROWSER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET', '/api/v1/models')).status, 403, 'a link to data')
})

t.test('a name that is pointed at the service from outside reads nothing', async (t) => {
  const open = await poster(t)
  for (const host of ['evil.example', 'evil.example:5000', 'EVIL.example.', 'rebind.network']) t.equal((await open({ ...BROWSER, host }, 'GET', '/api/v1/models')).status, 403, host)
  for (const host of ['127.0.0.1:5000', '192.168.1.7', '[::1]:5000', 'localhost', 'visage', 'visage:5000', 'nas.local', 'faces.svc.cluster.local']) {
    t.equal((await open({ ...BROWSER, host }, 'GET', '/api/v1/models')).status, 200, host)
  }
  t.equal((await open({ host: 'faces.example.com' }, 'GET', '/api/v1/models')).status, 200, 'a program behind any name')

  const named = await poster(t, { ALLOWED_HOSTS: 'faces.example.com' })
  t.equal((await named({ ...BROWSER, host: 'Faces.Example.com' }, 'GET', '/api/v1/models')).status, 200)
  t.equal((await named({ host: 'evil.example' }, 'GET', '/api/v1/models')).status, 403, 'programs too')
  t.equal((await named({ host: '10.0.0.7:5000' }, 'GET', '/health')).status, 200, 'probes come by address')

  const keyed = await poster(t, { API_KEYS: 'key-0123456789abcdef' })
  t.equal((await keyed({ ...BROWSER, host: 'faces.example.com', 'x-api-key': 'key-0123456789abcdef' }, 'GET', '/api/v1/models')).status, 200, 'with keys any name will do')
})
