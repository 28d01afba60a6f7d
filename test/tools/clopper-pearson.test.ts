import t from 'tap'
import { clopperPearson } from '../../tools/evaluation/clopper-pearson.ts'

t.test('intervals are those of tables', async (t) => {
  // scipy 1.17, binomtest(k, n).proportion_ci(0.95, "exact").
  for (const [count, of, least, most] of [
    [0, 100, 0, 0.036216693], [100, 100, 0.963783306, 1], [1, 465, 0.0000544457, 0.0119236], [5, 10, 0.187086, 0.812914], [1329, 1953, 0.6592961, 0.7011437]
  ] as const) {
    const interval = clopperPearson(count, of)
    t.ok(Math.abs(interval.least - least) < 1e-5 && Math.abs(interval.most - most) < 1e-5, `${count} of ${of}: ${interval.least} to ${interval.most}`)
  }
  const many = clopperPearson(60_000, 100_000)
  t.ok(many.least > 0.5969 && many.most < 0.6031, `${many.least} to ${many.most}`)
  t.strictSame(clopperPearson(0, 0), { least: NaN, most: NaN })
})
