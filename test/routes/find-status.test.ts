import t from 'tap'
import { deferred } from '../fixtures/deferred.ts'
import { build, spelling } from '../build.ts'

t.test('GET /api/v1/find/status reports an indexing run while it goes on, and afterwards', async (t) => {
  const [begun, gate] = [deferred(), deferred()]
  const app = await build(t, {
    env: { FACES_DB_PATH: t.testdir({ ann: { '1.jpg': 'a', '2.jpg': 'ab' } }) },
    engine: {
      async represent (image, options, call) {
        if (call?.background) {
          begun.resolve()
          await gate.promise
        }
        return spelling.represent(image, options, call)
      }
    }
  })
  const status = async () => (await app.inject('/api/v1/find/status')).json()
  t.strictSame(await status(), { success: true, indexes: [] })
  const answered = app.inject({ method: 'POST', url: '/api/v1/find', payload: { img: 'data:,a' } })
  await begun.promise
  t.match(await status(), { indexes: [{ indexing: true, done: 0, total: 2, photos: 0, index: /^sface-yunetmesh-native-base-[0-9a-f]{8}\.index$/ }] })
  gate.resolve()
  t.equal((await answered).statusCode, 200)
  t.match(await status(), { indexes: [{ indexing: false, done: 2, total: 2, photos: 2, faces: 3 }] })
})

t.test('without FACES_DB_PATH', async (t) => {
  const app = await build(t)
  t.match((await app.inject('/api/v1/find/status')).json(), { error_code: 'service_unavailable', message: /FACES_DB_PATH/ })
})
