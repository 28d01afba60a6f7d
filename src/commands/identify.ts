import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, stderr } from 'node:process'
import Fastify, { type FastifyServerOptions } from 'fastify'
import app, { serverOptions } from '../app.ts'
import { readConfig } from '../config/config.ts'
import { services } from '../services.ts'
import { runIdentify } from './identify-cli.ts'
import { main } from './main.ts'

/** `npm run identify -- …`: the collections are of this run alone. */
await main(({ args, config, log, out, onPhoto, atEnd }) => runIdentify(args, {
  config,
  async open (models) {
    const folder = await mkdtemp(join(tmpdir(), 'visage-identify-'))
    atEnd(() => rm(folder, { recursive: true }))
    const own = readConfig({ ...env, PRELOAD_MODELS: models.join(','), COLLECTIONS_URL: `sqlite:${join(folder, 'faces.db')}`, API_KEYS: '', RATE_LIMIT: '', LOG_LEVEL: 'silent' }, { dotenv: '.env' })
    const service = Fastify(serverOptions(own) as FastifyServerOptions)
    atEnd(() => service.close())
    await service.register(app, services(own, log, stderr))
    return { url: await service.listen({ host: '127.0.0.1', port: 0 }), workers: service.faceEngine.workers }
  },
  out,
  onPhoto
}))
