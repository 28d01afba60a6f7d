/** Reads the environment, builds the service, listens, and closes it in good order on a signal. */
import Fastify from 'fastify'
import { destination } from 'pino'
import pretty from 'pino-pretty'
import app, { serverOptions } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { FaceError } from './errors.ts'
import { loggerOptions } from './logging.ts'
import { parts } from './parts.ts'

/** The configuration, or the end of the process with one sentence a wrong variable. */
function configOrExit (): Config {
  try {
    return readConfig(process.env, { dotenv: '.env' })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

const config = configOrExit()
const fastify = Fastify({
  ...serverOptions(config),
  logger: {
    ...loggerOptions(config),
    // Both write in this thread and at once: the last lines before a crash are the ones that matter.
    stream: config.LOG_FORMAT === 'text' ? pretty({ sync: true, ignore: 'pid,hostname', colorize: process.stdout.isTTY }) : destination({ sync: true })
  }
})
const { log } = fastify

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event)
    process.exit(1)
  })
}

let isStarted = false
let isClosing = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Downloads are kept and checked by name and hash, so a start may be cut off anywhere.
    if (isClosing || !isStarted) process.exit(signal === 'SIGINT' ? 130 : 143)
    isClosing = true
    shutDown(signal)
  })
}

/** Takes no new work, finishes what runs within the time of a request, closes workers, exits. A second signal exits at once. */
function shutDown (signal: string): void {
  log.info({ signal }, 'shutting down')
  fastify.drain()
  setTimeout(() => {
    log.error('requests were still running; exiting without them')
    process.exit(1)
  }, config.REQUEST_TIMEOUT_MS + 5_000).unref()
  fastify.close().then(() => process.exit(0), (error: unknown) => {
    log.fatal({ err: error }, 'the service did not close')
    process.exit(1)
  })
}

try {
  await fastify.register(app, parts(config, log, process.stderr))
  const address = await fastify.listen({ host: config.HOST, port: config.PORT, listenTextResolver: (address) => `listening at ${address}` })
  isStarted = true
  const { port } = new URL(address)
  process.stderr.write(`
  Documentation  http://localhost:${port}/docs
  Try            curl -F img=@photo.jpg http://localhost:${port}/api/v1/represent

`)
} catch (error) {
  if (error instanceof FaceError) log.fatal({ err: error.cause, error_code: error.code }, error.message)
  else log.fatal({ err: error }, 'the service did not start')
  process.exit(1)
}
