import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** A server on this machine, which a test may kill. */
export interface LocalServer {
  /** Kills it without warning, as a loss of power would. Resolves when its port no longer accepts connections. */
  readonly kill: () => Promise<void>
  /** Starts it again with the same command. Resolves when its port accepts connections. */
  readonly start: () => Promise<void>
  /** Ends the process that `start` started. */
  readonly close: () => void
}

/** The state `LISTEN` in /proc/net/tcp. */
const LISTENS = '0A'

/** Returns the id of the process that listens on `port`, from /proc; undefined when there is none or it cannot be determined. */
async function listener (port: number): Promise<string | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/))
  const sockets = new Set(rows
    .filter(([, local, , state]) => state === LISTENS && parseInt(local!.split(':')[1]!, 16) === port)
    .map((columns) => `socket:[${columns[9]}]`))
  if (sockets.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if (sockets.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) return pid
    }
  }
  return undefined
}

/** Returns the server that listens on `port` of this machine; undefined when its process cannot be found. */
export async function localServer (port: number): Promise<LocalServer | undefined> {
  let pid = await listener(port)
  if (pid === undefined) return undefined
  const words = async (name: string): Promise<string[]> => (await readFile(`/proc/${pid}/${name}`, 'utf8')).split('\0').filter((word) => word !== '')
  const [, ...args] = await words('cmdline')
  const environment = await words('environ')
  const program = await readlink(`/proc/${pid}/exe`)
  const cwd = await readlink(`/proc/${pid}/cwd`)
  const env = Object.fromEntries(environment.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const listens = (): Promise<boolean> => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  })
  async function until (expected: boolean): Promise<void> {
    const deadline = performance.now() + 180_000
    while (await listens() !== expected) {
      if (performance.now() > deadline) throw new Error(`The server ${expected ? 'does not listen' : 'still listens'}.`)
      await wait(100)
    }
  }
  let started = false
  return {
    async kill () {
      process.kill(Number(pid), 'SIGKILL')
      await until(false)
    },
    async start () {
      const server = spawn(program, args, { cwd, env, detached: true, stdio: 'ignore' })
      await once(server, 'spawn')
      server.unref()
      started = true
      pid = String(server.pid)
      await until(true)
    },
    close () { if (started) process.kill(Number(pid), 'SIGKILL') }
  }
}
