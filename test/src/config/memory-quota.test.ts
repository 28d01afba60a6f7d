import t from 'tap'
import { keepsRunMemory, memoryQuota } from '../../../src/config/memory-quota.ts'

t.test('the machine has as much as it has, and a control group may allow less', async (t) => {
  t.equal(memoryQuota(100, 200), 100)
  t.equal(memoryQuota(2 ** 64, 200), 200, 'no limit')
  t.equal(memoryQuota(0, 200), 200, 'no control group')
  t.ok(memoryQuota() > 0)
})

t.test('networks keep their memory where each worker has enough', async (t) => {
  const GB = 2 ** 30
  t.strictSame([keepsRunMemory(2, GB), keepsRunMemory(1, GB), keepsRunMemory(2, 2 * GB), keepsRunMemory(8, 16 * GB)], [false, false, true, true])
})
