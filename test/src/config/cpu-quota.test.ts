import t from 'tap'
import { cpuQuota } from '../../../src/config/cpu-quota.ts'

const files = (contents: Record<string, string>) => (path: string): string | undefined => contents[path]

t.test('cpuQuota', async (t) => {
  t.equal(cpuQuota(files({}), 8), 8, 'no control groups: the affinity mask')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }), 8), 8, 'v2 without a limit')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }), 8), 2, 'v2 in a container')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' }), 8), 2, 'half a CPU counts as one')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '20000 100000\n' }), 8), 1, 'never less than one')
  t.equal(cpuQuota(files({
    '/proc/self/cgroup': '0::/system.slice/visage.service\n',
    '/sys/fs/cgroup/system.slice/visage.service/cpu.max': '400000 100000\n',
    '/sys/fs/cgroup/system.slice/cpu.max': '300000 100000\n'
  }), 8), 3, 'v2: a parent group may be the tighter one')
  t.equal(cpuQuota(files({
    '/proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '250000\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n'
  }), 8), 3, 'v1 inside a container')
  t.equal(cpuQuota(files({
    '/proc/self/cgroup': '4:cpu:/user\n',
    '/sys/fs/cgroup/cpu/user/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu/user/cpu.cfs_period_us': '100000\n'
  }), 8), 8, 'v1 without a limit')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/../outside\n', '/sys/fs/cgroup/outside/cpu.max': '200000 100000\n' }), 8), 2, 'v2: a group outside of the namespace')
  t.equal(cpuQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '900000 100000\n' }), 4), 4, 'the affinity mask is the tighter one')
  t.ok(cpuQuota() >= 1, 'on this machine')
})
