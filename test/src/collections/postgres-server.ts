import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** A server on this machine, which a test may kill. */
export interface LocalServer {
  /** Kills it without warning, as a loss of power would. Resolves when it no longer answers. */
  readonly kill: () => Promise<void>
  /** Starts it again with the same command. Resolves when it answers. */
  readonly start: () => Promise<void>
}

/** Runs one statement on a connection of its own. */
export async function sql (url: string, text: string): Promise<Array<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url })
  // A server that is killed says so between two queries too; the next one rejects.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Returns the server at `url`; undefined when it runs on another machine, or its files cannot be read. */
export async function localServer (url: string): Promise<LocalServer | undefined> {
  const folder = (await sql(url, 'SHOW data_directory'))[0]!['data_directory'] as string
  const command = await readFile(`${folder}/postmaster.opts`, 'utf8').catch(() => undefined)
  const owner = await stat(folder).catch(() => undefined)
  if (command === undefined || !owner) return undefined
  const [program, ...args] = command.trim().split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'))
  const answers = (): Promise<boolean> => sql(url, 'SELECT 1').then(() => true, () => false)

  async function until (expected: boolean, act: () => Promise<void> = async () => {}): Promise<void> {
    const deadline = performance.now() + 60_000
    while (await answers() !== expected) {
      if (performance.now() > deadline) throw new Error(`The server ${expected ? 'does not answer' : 'still answers'}.`)
      await act()
      await wait(50)
    }
  }

  return {
    async kill () {
      process.kill(Number((await readFile(`${folder}/postmaster.pid`, 'utf8')).split('\n')[0]), 'SIGKILL')
      await until(false)
    },
    async start () {
      let running = false
      await until(true, async () => {
        if (running) return
        // The server exits at once while processes of the killed one are still running.
        const server = spawn(program!, args, { uid: owner.uid, gid: owner.gid, detached: true, stdio: 'ignore' })
        await once(server, 'spawn')
        running = true
        server.once('exit', () => { running = false })
        server.unref()
      })
    }
  }
}
