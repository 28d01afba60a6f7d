import t from 'tap'
import { loggerOptions } from '../../../src/config/logger-options.ts'

t.test('a request is logged without its query, headers and body', async (t) => {
  const { level, serializers } = loggerOptions({ LOG_LEVEL: 'warn' })
  t.equal(level, 'warn')
  const request = { method: 'GET', url: '/api/v1/models?key=hunter2', ip: '192.0.2.1', headers: { authorization: 'hunter2' }, body: 'hunter2' }
  t.strictSame(serializers.req(request), { method: 'GET', url: '/api/v1/models', remoteAddress: '192.0.2.1' })
})
