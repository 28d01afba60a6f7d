import t from 'tap'
import { memoryQuota } from '../../../src/config/memory-quota.ts'

t.test('the machine has as much as it has, and a control group may allow less', async (t) => {
  t.equal(memoryQuota(100, 200), 100)
  t.equal(memoryQuota(2 ** 64, 200), 200, 'no limit')
  t.equal(memoryQuota(0, 200), 200, 'no control group')
  t.ok(memoryQuota() > 0)
})
