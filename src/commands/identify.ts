import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { pino } from 'pino'
import app, { serverOptions } from '../app.ts'
import { ConfigError, readConfig } from '../config.ts'
import { FaceError } from '../errors.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { parts } from '../parts.ts'
import { type IdentifyPlace, runIdentify } from './identify-cli.ts'

/** `npm run identify -- …`: the collections are of this run alone. */
const { argv, env, stderr, stdout } = process
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
const closing: Array<() => Promise<void>> = []

const open: IdentifyPlace['open'] = async (models) => {
  const folder = await mkdtemp(join(tmpdir(), 'visage-identify-'))
  closing.unshift(() => rm(folder, { recursive: true }))
  const config = readConfig({ ...env, PRELOAD_MODELS: models.join(','), GALLERY_URL: `sqlite:${join(folder, 'faces.db')}`, API_KEYS: '', RATE_LIMIT: '', LOG_LEVEL: 'silent' }, { dotenv: '.env' })
  const service = Fastify(serverOptions(config) as FastifyServerOptions)
  closing.unshift(() => service.close())
  await service.register(app, parts(config, log, stderr))
  return { url: await service.listen({ host: '127.0.0.1', port: 0 }), workers: service.faceEngine.workers }
}

try {
  process.exitCode = await runIdentify(argv.slice(2), {
    config: readConfig(env, { dotenv: '.env' }),
    open,
    out: (text) => stdout.write(text),
    onPhoto: stderr.isTTY ? (done, of) => stderr.write(`\r${done} of ${of} photos${done === of ? '\n' : ''}`) : () => {}
  })
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof EvaluationProblem || error instanceof FaceError)) throw error
  stderr.write(`${error.message}\n`)
  process.exitCode = 2
} finally {
  for (const close of closing) await close()
}
