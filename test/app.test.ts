import t from 'tap'
import { build } from './build.ts'

t.test('app', async (t) => {
  const app = await build(t)
  const r = await app.inject({ method: 'POST', url: '/api/v1/verify', payload: { img1: 'data:,a', img2: 'data:,b' } })
  t.equal(r.statusCode, 200, r.body)
  t.match(r.json(), { success: true, verified: false, distance: 1 })
})
