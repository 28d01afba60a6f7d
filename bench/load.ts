import { Pool } from 'undici'
import { quantile } from './statistics.ts'

const JSON_BODY = { 'content-type': 'application/json' }

export interface LoadOptions {
  /** How long to go on, in ms. */
  readonly duration: number
  /** Requests under way at any time. */
  readonly connections: number
}

/**
 * Requests a second, with enough of them under way to keep every worker busy: from the first answer to the last one within `duration`, so that
 * neither the first requests nor those that are still under way at the end count as time without answers.
 * @throws {Error} when one is not answered 200, or there are no two answers.
 */
export async function load (url: string, bodies: readonly object[], { duration, connections }: LoadOptions): Promise<number> {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections })
  // As bytes, since the client has the same cores: what it spends on its bodies would be missing to the service.
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
  /** Requests under way at any time. */
  readonly connections: number
}

/** How long /health takes, in ms, while the service has this work; and how much of it is done a second. */
export async function health (address: string, { path, bodies, connections }: Work, duration: number): Promise<{ times: readonly number[], p99: number, rate: number }> {
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
