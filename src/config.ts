import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { DETECTORS, METRICS, PIPELINES, RECOGNISERS } from './models/names.ts'

const oneOf = <const Names extends readonly string[]>(names: Names, options: { default: Names[number], description: string }) =>
  Type.Unsafe<Names[number]>({ type: 'string', enum: names, ...options })

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** What Python's logging calls the same levels. */
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'fatal', notset: 'trace' }
/** What people write for true and false; pydantic, and with it the reference service, takes them all. */
const BOOLEANS: Readonly<Record<string, string>> = { 1: 'true', yes: 'true', on: 'true', 0: 'false', no: 'false', off: 'false' }

const MIB = 1024 * 1024

/** Every environment variable, in the order of `.env.example`. An empty value counts as not set, except where "empty" has a meaning of its own. */
export const Environment = Type.Object({
  HOST: Type.String({ default: '0.0.0.0', description: 'Address to listen on.' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 5000, description: 'Port to listen on; 0 takes any free one.' }),
  HOST_PORT: Type.Integer({ minimum: 1, maximum: 65535, default: 5000, description: 'Port of the host that docker compose maps to the service; the service itself does not read it.' }),
  DEBUG: Type.Boolean({ default: false, description: 'Log at level debug or finer, whatever LOG_LEVEL says. Answers stay the same.' }),
  LOG_LEVEL: oneOf(LOG_LEVELS, { default: 'info', description: 'Least severity that is logged; WARNING and CRITICAL are taken too, in any case.' }),
  LOG_FORMAT: oneOf(['json', 'text'], { default: 'json', description: 'json for machines, text for people.' }),

  DEFAULT_MODEL: oneOf(RECOGNISERS, { default: 'SFace', description: 'Recogniser of a request without model_name.' }),
  DEFAULT_DETECTOR: oneOf(DETECTORS, { default: 'retinaface', description: 'Detector of a request without detector_backend.' }),
  DEFAULT_METRIC: oneOf(METRICS, { default: 'cosine', description: 'Distance of a request without distance_metric.' }),
  DEFAULT_PIPELINE: oneOf(PIPELINES, { default: 'native', description: 'Pipeline of a request without pipeline.' }),

  FACES_DB_PATH: Type.Optional(Type.String({ description: 'Folder <person>/<photo> that /api/v1/find searches. Images inside it may be named by path.' })),
  IMAGES_ROOT: Type.Optional(Type.String({ description: 'Folder whose images may be named by path. Without it (and FACES_DB_PATH) no path is read.' })),
  MAX_IMAGE_BYTES: Type.Integer({ minimum: 1024, maximum: 256 * MIB, default: 10 * MIB, description: 'Largest encoded image, in bytes.' }),
  MAX_IMAGE_PIXELS: Type.Integer({ minimum: 1024, maximum: 1_000_000_000, default: 50_000_000, description: 'Largest decoded image, width × height.' }),
  ALLOW_PRIVATE_URLS: Type.Boolean({ default: false, description: 'Fetch images from private, loopback and link-local addresses too. Opens the inner network to every client.' }),
  URL_ALLOWED_HOSTS: Type.Optional(Type.String({ description: 'Comma-separated hosts that images may be fetched from; all public ones when empty.' })),

  MODELS_PATH: Type.String({ default: 'onnx-models', description: 'Folder that keeps the weights.' }),
  MODELS_MIRROR: Type.Optional(Type.String({ description: 'URL or folder that is asked for weights first. Their sha256 still decides.' })),
  MODELS_OFFLINE: Type.Boolean({ default: false, description: 'Never fetch weights: what is not in MODELS_PATH or a mirror folder is unavailable.' }),
  MODEL_LICENSES: oneOf(['any', 'commercial'], { default: 'any', description: 'commercial refuses weights whose licence does not permit commercial use.' }),
  PRELOAD_MODELS: Type.Optional(Type.String({ description: 'Comma-separated models to fetch and open before the service is ready; empty: the default model, the default detector and the attribute models.' })),
  GPU_DEVICE: Type.String({ pattern: '^(-1|[0-9]{1,3})?$', default: '-1', description: '-1: CPU. 0, 1, …: that GPU, and no start without it. Empty: the first GPU if its libraries load, else the CPU.' }),
  WORKERS: Type.Integer({ minimum: 0, maximum: 1024, default: 0, description: 'Inference workers; 0: as many as CPUs in the quota.' }),
  THREADS_PER_WORKER: Type.Integer({ minimum: 1, maximum: 1024, default: 1, description: 'Threads of one worker. More workers give more throughput, more threads shorter single answers.' }),
  QUEUE_LIMIT: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 128, description: 'Requests that may wait for a worker; the next one is answered overloaded.' }),
  REQUEST_TIMEOUT_MS: Type.Integer({ minimum: 1, maximum: 3_600_000, default: 30_000, description: 'Time for one request, in milliseconds; then its work is dropped.' }),

  API_KEYS: Type.Optional(Type.String({ description: 'Comma-separated API keys; no key is asked for when empty.' })),
  RATE_LIMIT: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,8}/(second|minute|hour|day)$', description: 'Requests a key or address may make, such as 100/minute; unlimited when empty.' })),
  METRICS: Type.Boolean({ default: true, description: 'Serve Prometheus metrics at /metrics.' }),
  CORS_ORIGINS: Type.Optional(Type.String({ description: 'Comma-separated origins whose pages may call the service, or *; none when empty.' })),
  TRUST_PROXY: Type.String({ default: 'false', description: 'Whose X-Forwarded-For is believed: false, true, a number of hops, or comma-separated addresses and networks.' })
}, { additionalProperties: false })

type Variables = Static<typeof Environment>
export type VariableName = keyof Variables

type Lists = 'URL_ALLOWED_HOSTS' | 'PRELOAD_MODELS' | 'API_KEYS' | 'CORS_ORIGINS'
/** Problems with these are told without the value. */
const SECRETS: readonly string[] = ['API_KEYS']
/** Here an empty value is a value. */
const EMPTY_IS_A_VALUE: readonly string[] = ['GPU_DEVICE']

/** The environment, read: lists split, devices and proxies typed. */
export type Config = Readonly<Omit<Variables, Lists | 'GPU_DEVICE' | 'TRUST_PROXY'>> & {
  /** Hosts in lower case. */
  readonly URL_ALLOWED_HOSTS: readonly string[]
  /** Undefined: the default pack. */
  readonly PRELOAD_MODELS: readonly string[] | undefined
  readonly API_KEYS: readonly string[]
  readonly CORS_ORIGINS: readonly string[]
  /** A CUDA device; −1 is the CPU; `auto` is the first device that works. */
  readonly GPU_DEVICE: number | 'auto'
  readonly TRUST_PROXY: boolean | number | string[]
}

/** A start that must not happen. One sentence a wrong variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor (problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * The configuration that `environment` says. Pure, unless `dotenv` names a file: its variables are read where `environment`
 * has none of that name.
 * @throws {ConfigError} naming every wrong variable, its value and what is allowed.
 */
export function readConfig (environment: NodeJS.ProcessEnv, { dotenv }: { dotenv?: string } = {}): Config {
  const data = normalised(dotenv === undefined ? environment : { ...fileVariables(dotenv), ...environment })
  let variables: Variables
  try {
    variables = envSchema<Variables>({ schema: Environment, data: { ...data }, env: false, dotenv: false })
  } catch (error) {
    if (!isValidationFailure(error)) throw error
    throw new ConfigError([...new Set(error.errors.map(({ instancePath }) => instancePath.slice(1)))].map((name) => problem(name, data[name])))
  }
  const { URL_ALLOWED_HOSTS, PRELOAD_MODELS, API_KEYS, CORS_ORIGINS, GPU_DEVICE, TRUST_PROXY, LOG_LEVEL, DEBUG, ...rest } = variables
  return {
    ...rest,
    DEBUG,
    LOG_LEVEL: DEBUG && LOG_LEVEL !== 'trace' ? 'debug' : LOG_LEVEL,
    URL_ALLOWED_HOSTS: list(URL_ALLOWED_HOSTS).map((host) => host.toLowerCase()),
    PRELOAD_MODELS: PRELOAD_MODELS === undefined ? undefined : list(PRELOAD_MODELS),
    API_KEYS: list(API_KEYS),
    CORS_ORIGINS: list(CORS_ORIGINS),
    GPU_DEVICE: GPU_DEVICE === '' ? 'auto' : Number(GPU_DEVICE),
    TRUST_PROXY: proxies(TRUST_PROXY)
  }
}

/** The variables of a `.env` file; none where there is no such file. */
function fileVariables (path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as NodeJS.ProcessEnv
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

const list = (text = ''): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')

function proxies (text: string): boolean | number | string[] {
  const word = BOOLEANS[text.toLowerCase()] ?? text.toLowerCase()
  if (/^[0-9]+$/.test(text) && text !== '0') return Number(text)
  return word === 'true' ? true : word === 'false' ? false : list(text)
}

/** Our variables of `environment`, trimmed, in the spelling that the schema knows; empty ones are left out. */
function normalised (environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(Environment.properties).flatMap(([name, schema]) => {
    const value = environment[name]?.trim()
    if (value === undefined || (value === '' && !EMPTY_IS_A_VALUE.includes(name))) return []
    return [[name, spelled(schema, value)]]
  }))
}

function spelled (schema: TSchema, value: string): string {
  const lower = value.toLowerCase()
  if (schema['type'] === 'boolean') return BOOLEANS[lower] ?? lower
  const names: readonly string[] | undefined = schema['enum']
  const meant = names === LOG_LEVELS ? PYTHON_LEVELS[lower] ?? lower : lower
  return names?.find((name) => name.toLowerCase() === meant) ?? value
}

const isValidationFailure = (error: unknown): error is Error & { errors: Array<{ instancePath: string }> } =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors)

function problem (name: string, value: unknown): string {
  const schema: TSchema | undefined = Environment.properties[name as VariableName]
  const told = SECRETS.includes(name) ? 'is wrong' : `is ${JSON.stringify(value)}`
  return `${name} ${told}; it must be ${schema ? allowed(name, schema) : 'left out'}.`
}

function allowed (name: string, schema: TSchema): string {
  if (schema['enum']) return `one of ${schema['enum'].join(', ')}`
  if (schema['type'] === 'boolean') return 'true or false'
  if (schema['type'] === 'integer') return `a whole number from ${schema['minimum']} to ${schema['maximum']}`
  if (name === 'GPU_DEVICE') return '-1 (CPU), the number of a GPU, or empty (the first GPU that works, else the CPU)'
  return '<requests>/<second, minute, hour or day>, such as 100/minute'
}
