import t from 'tap'
import { parseOrigins } from '../../../src/config/origins.ts'

t.test('parseOrigins', async (t) => {
  t.strictSame(parseOrigins(undefined), [])
  t.strictSame(parseOrigins(' https://A.example/ , *, http://localhost:3000,'), ['https://a.example', '*', 'http://localhost:3000'])
  for (const wrong of ['app.example.com', 'https://', 'https://a.example/path', 'https://a.example?x', 'https://user@a.example', 'https://*.example.com/x', 'ftp://a.example', 'null', '**', 'https:a.example', 'https://a.example:443']) {
    t.throws(() => parseOrigins(wrong), { message: /^CORS_ORIGINS holds / }, wrong)
  }
})
