import t from 'tap'
import { pino } from 'pino'
import { isForPeople, loggerOptions, logStream } from '../../../src/config/logger-options.ts'

t.test('a request is logged without its query, headers and body', async (t) => {
  const { level, serializers } = loggerOptions({ LOG_LEVEL: 'warn' })
  t.equal(level, 'warn')
  const request = { method: 'GET', url: '/api/v1/models?key=hunter2', ip: '192.0.2.1', headers: { authorization: 'hunter2' }, body: 'hunter2' }
  t.strictSame(serializers.req(request), { method: 'GET', url: '/api/v1/models', remoteAddress: '192.0.2.1' })
})

t.test('a terminal gets text, a pipe gets JSON, and LOG_FORMAT decides where it is set', async (t) => {
  const cases = [['auto', true, true], ['auto', false, false], ['text', false, true], ['json', true, false]] as const
  for (const [LOG_FORMAT, isTTY, expected] of cases) t.equal(isForPeople({ LOG_FORMAT }, { isTTY }), expected, `${LOG_FORMAT} ${isTTY ? 'on a terminal' : 'into a pipe'}`)
  t.equal(isForPeople({ LOG_FORMAT: 'auto' }, {}), false)
})

t.test('a log line for people is one line of text; on a terminal it takes the place of an unfinished progress bar', async (t) => {
  for (const isTTY of [true, false]) {
    const written: string[] = []
    const log = pino({}, logStream({ LOG_FORMAT: 'text' }, { isTTY, write: (text: string) => written.push(text) }))
    log.info({ model: 'SFace' }, 'is ready')
    t.equal(written.length, 1)
    t.equal(written[0]!.startsWith('\r\x1b[2K'), isTTY)
    // eslint-disable-next-line no-control-regex
    t.match(written[0]!.replace(/\x1b\[[0-9;]*[mK]/g, ''), /^\r?\[\d\d:\d\d:\d\d\] INFO: is ready \{"model":"SFace"\}\n$/)
  }
})
