import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Logger } from 'pino'
import app, { serverOptions } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { services } from '../../src/services.ts'
import type { Post } from './answers.ts'

export interface ParityServiceOptions {
  readonly environment: NodeJS.ProcessEnv
  /** Folder of the photos named in the records. */
  readonly photos: string
  /** Photos of each face database, by its name: stored in a folder of that name below `photos`, or in `photos` itself. */
  readonly databases: Readonly<Record<string, readonly string[]>>
  readonly log: Logger
}

/** Returns the whole service without a port. A service has one face database, so one is opened for each database on its first request. */
export function parityService ({ environment, photos, databases, log }: ParityServiceOptions): { post: Post, close: () => Promise<void> } {
  const running = new Map<string, Promise<FastifyInstance>>()
  const folders: string[] = []

  async function open (db: string): Promise<FastifyInstance> {
    const config = readConfig({
      ...environment,
      WORKERS: '1',
      IMAGES_ROOT: resolve(photos),
      FACES_DB_PATH: await database(db),
      PRELOAD_MODELS: 'SFace',
      REQUEST_TIMEOUT_MS: '3600000',
      API_KEYS: '',
      RATE_LIMIT: ''
    }, { dotenv: '.env' })
    const service = Fastify(serverOptions({ ...config, LOG_LEVEL: 'silent' }) as FastifyServerOptions)
    await service.register(app, services(config, log, { write: () => {} }))
    return service
  }

  /**
   * Copies the photos of a database to a temporary folder, as an index is written beside them. Returns a path that does not exist when
   * the records do not know the database.
   */
  async function database (db: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'visage-parity-'))
    folders.push(folder)
    const names = databases[db]
    if (!names) return join(folder, 'none')
    await mkdir(join(folder, db))
    for (const name of names) {
      const own = join(photos, db, name)
      await copyFile(existsSync(own) ? own : join(photos, name), join(folder, db, name))
    }
    return folder
  }

  /** Sends photos outside the folder as base64: the service reads no files outside its root. */
  async function sendable (body: object): Promise<object> {
    const fields = await Promise.all(Object.entries(body).map(async ([name, value]) => {
      const isBeside = typeof value === 'string' && value.startsWith('../') && existsSync(join(photos, value))
      return [name, isBeside ? `data:image/jpeg;base64,${await readFile(join(photos, value), 'base64')}` : value] as const
    }))
    return Object.fromEntries(fields)
  }

  return {
    async post (path, body, db = '') {
      const service = running.get(db) ?? open(db)
      running.set(db, service)
      const response = await (await service).inject({ method: 'POST', url: `/api/v1/${path}`, payload: await sendable(body) })
      return { status: response.statusCode, body: response.json() }
    },
    async close () {
      for (const service of running.values()) await (await service).close()
      for (const folder of folders) await rm(folder, { recursive: true })
    }
  }
}
