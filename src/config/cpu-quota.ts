import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Reads a kernel file; undefined when it does not exist (another system, another cgroup version). */
export type ReadFile = (path: string) => string | undefined

const read: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EACCES', 'ENOTDIR', 'EINVAL'].includes(String(error.code))) return undefined
    throw error
  }
}

/**
 * Returns the number of CPUs that this process may use, at least 1: its affinity mask, limited by the quota of its control group. It is 2
 * in a container with two CPUs on a host of 64, where libraries that count the host's cores start 64 threads and stall.
 */
export function cpuQuota (readFile: ReadFile = read, affinity = availableParallelism()): number {
  const quota = cgroup2(readFile) ?? cgroup1(readFile) ?? Infinity
  return Math.max(1, Math.min(affinity, Math.ceil(quota)))
}

/** Returns the smallest `cpu.max` ("quota period" or "max period") from our group up to the root, in cgroup v2. */
function cgroup2 (readFile: ReadFile): number | undefined {
  const group = readFile('/proc/self/cgroup')?.match(/^0::(.*)$/m)?.[1]
  if (group === undefined) return undefined
  const limits = ancestors(group).flatMap((path) => {
    const [quota, period] = readFile(`/sys/fs/cgroup${path}/cpu.max`)?.trim().split(/\s+/) ?? []
    return quota === undefined || quota === 'max' ? [] : [Number(quota) / Number(period ?? 100_000)]
  })
  return limits.length > 0 ? Math.min(...limits) : undefined
}

/** Returns `cpu.cfs_quota_us` over `cpu.cfs_period_us` in cgroup v1, where −1 means no limit. */
function cgroup1 (readFile: ReadFile): number | undefined {
  const group = readFile('/proc/self/cgroup')?.match(/^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m)?.[1] ?? '/'
  for (const root of ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct']) {
    // Inside a container the group is mounted at the root, and the host's path does not exist.
    for (const path of [group === '/' ? '' : group, '']) {
      const quota = Number(readFile(`${root}${path}/cpu.cfs_quota_us`) ?? NaN)
      const period = Number(readFile(`${root}${path}/cpu.cfs_period_us`) ?? NaN)
      if (quota > 0 && period > 0) return quota / period
    }
  }
  return undefined
}

/** Returns a path and its ancestors: `/a/b` → `/a/b`, `/a`, ``. */
function ancestors (path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, i) => parts.slice(0, parts.length - i).map((part) => `/${part}`).join(''))
}
