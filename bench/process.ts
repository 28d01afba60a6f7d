import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export interface Service {
  readonly address: string
  /** Peak resident memory in MB; NaN when the kernel does not report it. */
  readonly peakMemory: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** Starts the compiled service as a process of its own and waits until it is ready. @throws {Error} when it exits before. */
export async function startService ({ port, workers, env = {} }: { port: string, workers: number, env?: Record<string, string> }): Promise<Service> {
  const address = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/server.js', import.meta.url))], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: port, WORKERS: String(workers), QUEUE_LIMIT: '1000', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  child.stderr.on('data', (text: Buffer) => { said += text })
  const gone = once(child, 'exit')
  const isReady = (): Promise<boolean> => fetch(`${address}/ready`).then(({ ok }) => ok, () => false)
  while (!await isReady()) {
    if (child.exitCode !== null) throw new Error(`The service ended with code ${child.exitCode} before it was ready: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    address,
    async peakMemory () {
      if (process.platform !== 'linux') return NaN
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
    },
    async stop () {
      child.kill('SIGTERM')
      await gone
    }
  }
}
