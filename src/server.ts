/** Reads the environment, builds the service, listens, and closes it cleanly on a signal. */
import Fastify from 'fastify'
import app, { serverOptions } from './app.ts'
import { type Config, readConfig } from './config/config.ts'
import { isForPeople, loggerOptions, logStream } from './config/logger-options.ts'
import { FaceError, ConfigError } from './errors.ts'
import { services } from './services.ts'
import { endProcess, killProcess } from './system/end-process.ts'
import { VERSION } from './version.ts'

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(127\.|::1$|localhost$)/i

/** Sentences about the configuration, logged as soon as there is a logger. */
const warnings: string[] = []

/** Returns the configuration, or ends the process with one sentence for each wrong variable. */
function configOrExit (): Config {
  try {
    return readConfig(process.env, { dotenv: '.env', warn: (sentence) => warnings.push(sentence) })
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
    stream: logStream(config, process.stdout)
  }
})
const { log } = fastify
if (config.API_KEYS.length === 0 && !LOOPBACK.test(config.HOST)) {
  warnings.push(`The service listens on ${config.HOST} and asks for no key: everybody who reaches it may use it and read its collections. Set API_KEYS, or HOST=127.0.0.1.`)
}
for (const sentence of warnings) log.warn(sentence)

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
    // A start may be interrupted anywhere: downloads are kept, and checked by name and hash.
    if (isClosing || !isStarted) endAtOnce(signal)
    isClosing = true
    shutDown(signal)
  })
}

/**
 * Ends the process as the unhandled signal would. process.exit would end threads inside ONNX Runtime, which then aborts; it remains for
 * process 1 of a container, which signals do not end by default.
 */
function endAtOnce (signal: 'SIGINT' | 'SIGTERM'): never {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  process.exit(signal === 'SIGINT' ? 130 : 143)
}

/** Milliseconds beyond those of a request, which the connections have, in which the process ends whatever runs in it. */
const LAST_RESORT_MS = 4_000

/** Milliseconds that threads have to end once the service is closed. */
const THREADS_MS = 2_000

/**
 * Refuses new work, finishes running requests within the time of one, closes the workers and exits. A second signal exits at once. The last
 * resort is to be killed: process.exit waits for native code in every thread, which may take minutes.
 */
function shutDown (signal: string): void {
  log.info({ signal }, 'shutting down')
  fastify.drain()
  setTimeout(() => {
    log.fatal('the service did not close in time; the process is killed')
    killProcess()
  }, config.REQUEST_TIMEOUT_MS + LAST_RESORT_MS).unref()
  const end = (code: number) => endProcess(code, THREADS_MS, (threads) => log.fatal({ threads }, 'threads do not end; the process is killed'))
  fastify.close().then(() => end(0), (error: unknown) => {
    log.fatal({ err: error }, 'the service did not close')
    return end(1)
  })
}

try {
  const forPeople = isForPeople(config, process.stdout)
  // Bars are drawn on a terminal only; elsewhere, and with LOG_FORMAT=json, the progress of a download is a log line.
  await fastify.register(app, services(config, log, { isTTY: forPeople && process.stderr.isTTY, write: (text) => process.stderr.write(text) }))
  const address = await fastify.listen({ host: config.HOST, port: config.PORT, listenTextResolver: (address) => `listening at ${address}` })
  isStarted = true
  const origin = originFor(address)
  if (forPeople) process.stdout.write(welcome(origin))
  else log.info({ documentation: `${origin}/docs` }, 'the service is ready')
} catch (error) {
  log.fatal({ err: error instanceof FaceError ? error.cause : error }, reason(error))
  process.exit(1)
}

/** Returns why the service did not start, in a sentence that says what to do. */
function reason (error: unknown): string {
  if (error instanceof FaceError) return error.message
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE': return `PORT is ${config.PORT}, which is taken on ${config.HOST}; stop what listens there, or set PORT to another one.`
    case 'EACCES': return `PORT is ${config.PORT}, which this user may not listen on; set PORT to 1024 or more.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': return `HOST is ${JSON.stringify(config.HOST)}; it must be an address of this machine, 0.0.0.0 or :: for all.`
    default: return 'The service did not start.'
  }
}

/** The origin to open in a browser: a service that listens on all addresses reports the one of some interface, and its reader sits before it. */
function originFor (address: string): string {
  const url = new URL(address)
  if (['0.0.0.0', '::'].includes(config.HOST)) url.hostname = 'localhost'
  return url.origin
}

/** The addresses that a person opens first. */
function welcome (origin: string): string {
  return `
  Visage ${VERSION} is ready.

  Documentation  ${origin}/docs
  Try            curl -F img=@photo.jpg ${origin}/api/v1/represent

`
}
