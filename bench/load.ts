import { Pool } from 'undici'
import { quantile } from './statistics.ts'

const JSON_BODY = { 'content-type': 'application/json' }

export interface LoadOptions {
  /** Duration of the run, in ms. */
  readonly duration: number
  /** Requests in flight at a time. */
  readonly connections: number
}

/**
 * Measures requests a second, with enough of them in flight to keep every worker busy: from the first response to the last one within
 * `duration`, so that neither the start of the first requests nor those unfinished at the end distort the rate.
 * @throws {Error} when a response is not 200, or there are fewer than two.
 */
export async function load (url: string, bodies: readonly object[], { duration, connections }: LoadOptions): Promise<number> {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections })
  // Serialised once: client and service share the cores, so the client's work on bodies would be taken from the service.
  const payloads = bodies.map((body) => Buffer.from(JSON.stringify(body)))
  const end = performance.now() + duration
  const answered: number[] = []
  await Promise.all(Array.from({ length: connections }, async (_, i) => {
    for (let n = i; performance.now() < end; n++) {
      const { statusCode, body } = await pool.request({ path, method: 'POST', headers: JSON_BODY, body: payloads[n % payloads.length]! })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`)
      answered.push(performance.now())
    }
  }))
  await pool.close()
  const within = answered.filter((time) => time <= end)
  if (within.length < 2) throw new Error(`${path} gave ${within.length} answers within ${duration} ms.`)
  return (within.length - 1) / (within.at(-1)! - within[0]!) * 1000
}

export interface Work {
  readonly path: string
  readonly bodies: readonly object[]
  /** Requests in flight at a time. */
  readonly connections: number
}

/** Measures the response times of /health in ms while the service does this work, and the rate of that work a second. */
export async function health (
  address: string,
  { path, bodies, connections }: Work,
  duration: number
): Promise<{ times: readonly number[], p99: number, rate: number }> {
  const working = load(`${address}${path}`, bodies, { duration, connections })
  const pool = new Pool(address, { connections: 1 })
  const end = performance.now() + duration
  const times: number[] = []
  while (performance.now() < end) {
    const start = performance.now()
    await (await pool.request({ path: '/health', method: 'GET' })).body.dump()
    times.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const rate = await working
  await pool.close()
  return { times, p99: quantile(times, 0.99), rate }
}
