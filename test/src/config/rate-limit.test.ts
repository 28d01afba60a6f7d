import t from 'tap'
import { parseRate } from '../../../src/config/rate-limit.ts'

t.test('parseRate', async (t) => {
  t.strictSame(parseRate('10/second'), { max: 10, windowMs: 1000 })
  t.strictSame(parseRate('100/minute'), { max: 100, windowMs: 60_000 })
  t.strictSame(parseRate('5/hour'), { max: 5, windowMs: 3_600_000 })
  t.strictSame(parseRate('999999999/day'), { max: 999_999_999, windowMs: 86_400_000 })
  for (const wrong of ['0/minute', '-1/minute', '01/minute', '1/week', '1', '/minute', '1/', '1 /minute', '1/minutes', '1/Minute', '1e3/second', '1.5/second', '1234567890/day', 'lots', '1/constructor', '1/minute\n']) {
    t.throws(() => parseRate(wrong), { message: /^RATE_LIMIT is ".*"; it must be <requests>/ }, wrong)
  }
})
