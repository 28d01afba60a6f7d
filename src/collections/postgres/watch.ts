import pg from 'pg'
import type { RecordStore } from '../contract.ts'
import { clientOptions, type Postgres } from './connection.ts'
import type { Following } from './replica-progress.ts'

export interface WatchOptions {
  readonly url: string
  readonly postgres: Postgres
  readonly following: Following
  readonly log: { readonly warn: (object: object, message: string) => void }
}

/** Milliseconds between two reads of the counters of the collections. */
const POLL_MS = 1000
/** Milliseconds between two attempts to listen. */
const LISTEN_MS = 10_000

/**
 * Watches for writes by any instance. Writers notify, which arrives within milliseconds; and once a second the counters are compared, because
 * notifications are lost while the connection is lost, and never pass a pooler or a standby.
 */
export function createWatch ({ url, postgres, following, log }: WatchOptions): { readonly watch: RecordStore['watch'], readonly close: () => Promise<void> } {
  const callbacks = new Set<(collection: string) => void>()
  const notify = (id: string): void => { for (const callback of callbacks) callback(id) }
  let listener: pg.Client | undefined
  let listenAt = 0
  let isLost = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isClosed = false

  async function listen (): Promise<void> {
    listenAt = performance.now() + LISTEN_MS
    const client = new pg.Client(clientOptions(url))
    // `checkForChanges` finds out whether the server is reachable.
    const forget = (): void => { if (listener === client) listener = undefined }
    client.on('error', forget)
    client.on('end', forget)
    client.on('notification', ({ payload }) => { if (payload !== undefined) notify(payload) })
    try {
      await client.connect()
      await client.query('LISTEN visage')
      listener = client
    } catch (error) {
      log.warn({ err: error }, `writes of other instances are seen within ${POLL_MS} ms only: the server does not let this one listen`)
      await client.end()
    }
  }

  async function checkForChanges (): Promise<void> {
    if (following.size === 0) return
    const rows = await postgres.query('SELECT key, seq FROM visage.collection WHERE key = ANY($1::bigint[]) AND id IS NOT NULL', [...following.keys()])
    const heads = new Map(rows.map(({ key, seq }) => [key as number, seq as number]))
    for (const [key, { id, sent }] of [...following]) {
      const head = heads.get(key)
      if (head === undefined) following.delete(key)
      if (head !== sent) notify(id)
    }
  }

  async function poll (): Promise<void> {
    try {
      await checkForChanges()
      if (isLost) log.warn({}, 'the store of the collections is back')
      isLost = false
      if (!listener && performance.now() >= listenAt) await listen()
    } catch (error) {
      if (!isLost) log.warn({ err: error }, 'the store of the collections cannot be reached; this instance tries again every second')
      isLost = true
      listenAt = 0
    }
    if (!isClosed) schedule(POLL_MS)
  }

  function schedule (ms: number): void {
    timer = setTimeout(() => { running = poll() }, ms).unref()
  }

  return {
    watch (onHint) {
      if (callbacks.size === 0 && !timer) schedule(0)
      callbacks.add(onHint)
      return () => { callbacks.delete(onHint) }
    },
    async close () {
      isClosed = true
      clearTimeout(timer)
      await running
      await listener?.end()
    }
  }
}
