import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { type CollectionsUrl, parseCollectionsUrl } from '../collections/collections-url.ts'
import { ConfigError } from '../errors.ts'
import { hostFilter } from '../intake/address.ts'
import { METRICS } from '../match/distance.ts'
import { DETECTORS, PIPELINES, RECOGNISERS, VERDICT_POLICIES } from '../names.ts'
import { BOOLEANS } from '../system/booleans.ts'
import { type ApiKey, parseApiKeys, parseAuthToken } from './api-keys.ts'
import { list } from './comma-list.ts'
import { readEnvFile } from './env-file.ts'
import { parseFalseAlarms } from './false-alarms.ts'
import { homePath } from './home-path.ts'
import { parseOrigins } from './origins.ts'
import { parsePreload } from './preload-models.ts'
import { parseRate } from './rate-limit.ts'
import { parseProxies } from './trusted-proxies.ts'
import { unknownVariables } from './unknown-variables.ts'

const oneOf = <const Names extends readonly string[]>(names: Names, options: { default: Names[number], description: string }) =>
  Type.Unsafe<Names[number]>({ type: 'string', enum: names, ...options })

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** Names of the same levels in Python's logging. */
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'fatal', notset: 'trace' }

const MIB = 1024 * 1024

/** Every environment variable, in the order of `.env.example`. An empty value counts as not set, except where empty has its own meaning. */
export const Environment = Type.Object({
  HOST: Type.String({ default: '0.0.0.0', description: 'Address to listen on.' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 5000, description: 'Port to listen on; 0 takes any free one.' }),
  HOST_PORT: Type.Integer({ minimum: 1, maximum: 65535, default: 5000, description: 'Port of the host that docker compose maps to the service; the service itself does not read it.' }),
  DEBUG: Type.Boolean({ default: false, description: 'Log at level debug or finer, whatever LOG_LEVEL says. Answers stay the same.' }),
  LOG_LEVEL: oneOf(LOG_LEVELS, { default: 'info', description: 'Least severity that is logged; WARNING and CRITICAL are taken too, in any case.' }),
  LOG_FORMAT: oneOf(['auto', 'json', 'text'], { default: 'auto', description: 'json for machines, text for people; auto: text on a terminal, json elsewhere.' }),

  DEFAULT_MODEL: oneOf(RECOGNISERS, { default: 'SFace', description: 'Recogniser of a request without model_name.' }),
  DEFAULT_DETECTOR: oneOf(DETECTORS, { default: 'yunet', description: 'Detector of a request without detector_backend.' }),
  DEFAULT_METRIC: oneOf(METRICS, { default: 'cosine', description: 'Distance of a request without distance_metric.' }),
  DEFAULT_PIPELINE: oneOf(PIPELINES, { default: 'native', description: 'Pipeline of a request without pipeline.' }),

  DETECT_ROTATED: Type.Boolean({ default: false, description: 'Look for faces in pictures turned by 90°, 180° and 270° too, for four to ten times the time of detection. Faces tilted by up to 45° are found anyway. Native pipeline only.' }),

  FACES_DB_PATH: Type.Optional(Type.String({ description: 'Folder <person>/<photo> that /api/v1/find searches. Images inside it may be named by path.' })),
  COLLECTIONS_URL: Type.String({ default: 'sqlite:data/visage.db', description: 'Where collections are kept: sqlite:<path of a file>; postgres://user:password@host/database, which several instances may share; milvus://host, for more faces than one machine holds; or none.' }),
  SEARCH_FALSE_ALARMS: Type.String({ default: '0.01', description: 'Share of the strangers that a search may name as somebody: its threshold falls with the number of faces. off: the threshold of a pair, which names a third of all strangers among 400 faces. Native pipeline only.' }),
  VERDICT_POLICY: oneOf(VERDICT_POLICIES, { default: 'adaptive', description: 'adaptive: verdicts ask more of people who are estimated younger than 25, who resemble each other more, and on pairs less of a frontal photo beside a turned head. fixed: one threshold for all. Native pipeline only.' }),
  FIND_COLOR_FIX: Type.Boolean({ default: false, description: 'In the deepface pipeline, show find the right colours of the query; DeepFace exchanges its red and blue, so that a photo is at some distance from itself. The native pipeline is always right.' }),
  IMAGES_ROOT: Type.Optional(Type.String({ description: 'Folder whose images may be named by path. Without it (and FACES_DB_PATH) no path is read.' })),
  MAX_IMAGE_BYTES: Type.Integer({ minimum: 1024, maximum: 256 * MIB, default: 10 * MIB, description: 'Largest encoded image, in bytes.' }),
  MAX_IMAGE_PIXELS: Type.Integer({ minimum: 1024, maximum: 1_000_000_000, default: 50_000_000, description: 'Largest decoded image, width × height.' }),
  IMAGES_MAX_MEMORY_MB: Type.Integer({ minimum: 0, maximum: 16_777_216, default: 0, description: 'Memory for decoding images, of all workers together. An image waits while others use it up, and is refused if it needs more. 0: a quarter of what the process may use.' }),
  ALLOW_PRIVATE_URLS: Type.Boolean({ default: false, description: 'Fetch images from private, loopback and link-local addresses too. Opens the inner network to every client.' }),
  URL_ALLOWED_HOSTS: Type.Optional(Type.String({ description: 'Comma-separated hosts that images may be fetched from; all public ones when empty.' })),

  MODELS_PATH: Type.String({ default: 'onnx-models', description: 'Folder that keeps the weights.' }),
  MODELS_MIRROR: Type.Optional(Type.String({ description: 'URL or folder that is asked for weights first. Their sha256 still decides.' })),
  MODELS_OFFLINE: Type.Boolean({ default: false, description: 'Never fetch weights: what is not in MODELS_PATH or a mirror folder is unavailable.' }),
  DEEPFACE_HOME: Type.Optional(Type.String({ description: 'Where Python DeepFace keeps .deepface/weights; the home folder when empty. Weights that are there are used from there, never changed.' })),
  MODEL_LICENSES: oneOf(['any', 'commercial'], { default: 'any', description: 'commercial refuses weights whose licence does not permit commercial use.' }),
  PRELOAD_MODELS: Type.Optional(Type.String({ description: 'Comma-separated models to fetch and open before the service is ready; empty: the default model, the default detector with what finds its landmarks and, in the native pipeline, the attribute models whose licences permit commercial use.' })),
  MODELS_MAX_LOADED: Type.Integer({ minimum: 1, maximum: 1024, default: 8, description: 'Models a worker keeps open besides those of PRELOAD_MODELS; the one not used for longest is closed.' }),
  MODELS_MAX_MEMORY_MB: Type.Integer({ minimum: 0, maximum: 16_777_216, default: 0, description: 'Memory for open models, of all workers together; each has an equal share, and what does not fit is unavailable. 0: half of what the process may use.' }),
  GPU_DEVICE: Type.String({ pattern: '^(-1|[0-9]{1,3})?$', default: '-1', description: '-1: CPU. 0, 1, …: that GPU, and no start without it. Empty: the first GPU if its libraries load, else the CPU.' }),
  WORKERS: Type.Integer({ minimum: 0, maximum: 1024, default: 0, description: 'Inference workers; 0: as many as CPUs in the quota.' }),
  THREADS_PER_WORKER: Type.Integer({ minimum: 1, maximum: 1024, default: 1, description: 'Threads of one worker. More workers give more throughput, more threads shorter single answers.' }),
  QUEUE_LIMIT: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 128, description: 'Requests that may wait for a worker; the next one is answered overloaded.' }),
  MAX_IN_FLIGHT_MB: Type.Integer({ minimum: 0, maximum: 16_777_216, default: 0, description: 'Memory for the bodies and answers of all requests together; what does not fit is answered overloaded. A JSON body takes 2.75 times its bytes. 0: an eighth of what the process may use.' }),
  MAX_ANSWER_BYTES: Type.Integer({ minimum: 1024, maximum: 1024 * MIB, default: 64 * MIB, description: 'Largest answer, in bytes; exports are streams and have any size.' }),
  REQUEST_TIMEOUT_MS: Type.Integer({ minimum: 1, maximum: 3_600_000, default: 30_000, description: 'Time for one request, in milliseconds; then its work is dropped.' }),

  API_KEYS: Type.Optional(Type.String({ description: 'Comma-separated API keys of 16 to 256 characters, each `key` or `key:scope+scope` with the scopes faces, models, metrics; no key is asked for when empty.' })),
  DEEPFACE_AUTH_TOKEN: Type.Optional(Type.String({ description: 'Token of 16 to 256 characters that clients of DeepFace\'s own service send as Authorization: Bearer; one more API key with all scopes.' })),
  RATE_LIMIT: Type.Optional(Type.String({ description: 'Requests a key or address may make, such as 100/minute; unlimited when empty.' })),
  METRICS: Type.Boolean({ default: true, description: 'Serve Prometheus metrics at /metrics.' }),
  CORS_ORIGINS: Type.Optional(Type.String({ description: 'Comma-separated origins whose pages may call the service, or *; none when empty.' })),
  ALLOWED_HOSTS: Type.Optional(Type.String({ description: 'Comma-separated host names under which the service may be called, besides addresses and localhost. Empty: any; but without API_KEYS browsers are only served under addresses and names of inner networks.' })),
  TRUST_PROXY: Type.String({ default: 'false', description: 'Whose X-Forwarded-For is believed: false, true, a number of hops, or comma-separated addresses and networks.' })
}, { additionalProperties: false })

type Variables = Static<typeof Environment>
export type VariableName = keyof Variables

/** Variables whose empty value has a meaning. */
const EMPTY_IS_A_VALUE: readonly string[] = ['GPU_DEVICE']

/** Parsers of variables whose text the schema cannot describe. Each throws a ConfigError that says what is allowed. */
const MEANINGS = {
  COLLECTIONS_URL: (text?: string): CollectionsUrl => parseCollectionsUrl(text?.replace(/^sqlite:(.+)$/, (_, path: string) => `sqlite:${homePath('COLLECTIONS_URL')(path)}`)),
  URL_ALLOWED_HOSTS: parseHosts,
  PRELOAD_MODELS: parsePreload,
  GPU_DEVICE: (text = '-1'): number | 'auto' => text === '' ? 'auto' : Number(text),
  FACES_DB_PATH: homePath('FACES_DB_PATH'),
  IMAGES_ROOT: homePath('IMAGES_ROOT'),
  MODELS_PATH: (text = 'onnx-models'): string => homePath('MODELS_PATH')(text)!,
  MODELS_MIRROR: homePath('MODELS_MIRROR'),
  DEEPFACE_HOME: homePath('DEEPFACE_HOME'),
  SEARCH_FALSE_ALARMS: parseFalseAlarms,
  API_KEYS: parseApiKeys,
  DEEPFACE_AUTH_TOKEN: parseAuthToken,
  RATE_LIMIT: parseRate,
  CORS_ORIGINS: parseOrigins,
  ALLOWED_HOSTS: (text?: string): string[] => list(text).map((host) => host.toLowerCase()),
  TRUST_PROXY: parseProxies
} as const satisfies Partial<Record<VariableName, (text?: string) => unknown>>
type Meant = keyof typeof MEANINGS

/**
 * The parsed environment. `GPU_DEVICE` is a CUDA device, −1 for the CPU, or `auto` for the first device that works; `PRELOAD_MODELS` is
 * undefined for the default models.
 */
export type Config = Readonly<Omit<Variables, Meant> & { [Name in Meant]: ReturnType<typeof MEANINGS[Name]> }>

export interface ReadOptions {
  /** Path of a `.env` file; it need not exist. */
  readonly dotenv?: string
  /** Receives a sentence for each variable that the service does not know, with the nearest known name. */
  readonly warn?: (sentence: string) => void
}

/**
 * Reads the configuration from `environment`. Pure, unless `dotenv` names a file, whose variables apply where `environment` has none of
 * that name.
 * @throws {ConfigError} naming every wrong variable, its value and what is allowed.
 */
export function readConfig (environment: NodeJS.ProcessEnv, { dotenv, warn }: ReadOptions = {}): Config {
  const file = dotenv === undefined ? {} : readEnvFile(dotenv)
  const data = normalised({ ...file, ...environment })
  if (warn) for (const sentence of unknownVariables(file, environment, Object.keys(Environment.properties))) warn(sentence)
  const { variables, problems } = validated(data)
  const meanings: Record<string, unknown> = {}
  for (const [name, meaning] of Object.entries(MEANINGS)) {
    if (problems.has(name)) continue
    try {
      meanings[name] = meaning(variables[name as Meant])
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.set(name, error.message)
    }
  }
  if (problems.size > 0) throw new ConfigError(Object.keys(Environment.properties).flatMap((name) => problems.get(name) ?? []))
  const { DEBUG, LOG_LEVEL } = variables
  const API_KEYS = [...meanings['API_KEYS'] as ApiKey[], ...meanings['DEEPFACE_AUTH_TOKEN'] as ApiKey[]]
  return { ...variables, ...meanings, API_KEYS, LOG_LEVEL: DEBUG && LOG_LEVEL !== 'trace' ? 'debug' : LOG_LEVEL } as unknown as Config
}

/** Validates the variables by the schema; returns them with the problems by name. */
function validated (data: Record<string, string>): { variables: Variables, problems: Map<string, string> } {
  try {
    return { variables: envSchema<Variables>({ schema: Environment, data: { ...data }, env: false, dotenv: false }), problems: new Map() }
  } catch (error) {
    if (!isValidationFailure(error)) throw error
    const names = error.errors.map(({ instancePath }) => instancePath.slice(1))
    return { variables: data as unknown as Variables, problems: new Map(names.map((name) => [name, problem(name, data[name])])) }
  }
}

/** Returns the hosts of a comma-separated list in lower case. */
function parseHosts (text?: string): string[] {
  const hosts = list(text).map((host) => host.toLowerCase())
  hostFilter(hosts)
  return hosts
}

/** Returns the known variables of `environment`, trimmed and in the spelling of the schema, without empty ones. */
function normalised (environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(Environment.properties).flatMap(([name, schema]) => {
    const value = environment[name]?.trim()
    if (value === undefined || (value === '' && !EMPTY_IS_A_VALUE.includes(name))) return []
    return [[name, spelled(schema, value)]]
  }))
}

function spelled (schema: TSchema, value: string): string {
  const lower = value.toLowerCase()
  if (schema['type'] === 'boolean') return String(BOOLEANS.get(lower) ?? lower)
  const names: readonly string[] | undefined = schema['enum']
  const meant = names === LOG_LEVELS ? PYTHON_LEVELS[lower] ?? lower : lower
  return names?.find((name) => name.toLowerCase() === meant) ?? value
}

const isValidationFailure = (error: unknown): error is Error & { errors: Array<{ instancePath: string }> } =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors)

function problem (name: string, value: unknown): string {
  const schema: TSchema | undefined = Environment.properties[name as VariableName]
  return `${name} is ${JSON.stringify(value)}; it must be ${schema ? allowed(schema) : 'left out'}.`
}

function allowed (schema: TSchema): string {
  if (schema['enum']) return `one of ${schema['enum'].join(', ')}`
  if (schema['type'] === 'boolean') return 'true or false'
  if (schema['type'] === 'integer') return `a whole number from ${schema['minimum']} to ${schema['maximum']}`
  return '-1 (CPU), the number of a GPU, or empty (the first GPU that works, else the CPU)'
}
