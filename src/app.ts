import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { type FastifyHttpOptions, type FastifyPluginAsync, type FastifyReply, LogController } from 'fastify'
import fp from 'fastify-plugin'
import apiKeys from '../plugins/api-keys.ts'
import bodySize from '../plugins/body-size.ts'
import bytesInFlight from '../plugins/bytes-in-flight.ts'
import collectionsPlugin, { type CollectionsOptions } from '../plugins/collections.ts'
import cors from '../plugins/cors.ts'
import deadline from '../plugins/deadline.ts'
import docsPage from '../plugins/docs-page.ts'
import errors, { errorBody, toFaceError } from '../plugins/errors.ts'
import faceEngine, { type FaceEngineOptions } from '../plugins/face-engine.ts'
import faceFolder from '../plugins/face-folder.ts'
import imageBytes from '../plugins/image-bytes.ts'
import intake, { type IntakeOptions } from '../plugins/intake.ts'
import json from '../plugins/json.ts'
import lingeringClose, { isMissing } from '../plugins/lingering-close.ts'
import largeAnswers from '../plugins/large-answers.ts'
import lifecycle from '../plugins/lifecycle.ts'
import metrics from '../plugins/metrics.ts'
import modelStore, { type ModelStoreOptions } from '../plugins/model-store.ts'
import multipart from '../plugins/multipart.ts'
import negotiation from '../plugins/negotiation.ts'
import notFound from '../plugins/not-found.ts'
import openapi from '../plugins/openapi.ts'
import optionalNulls from '../plugins/optional-nulls.ts'
import pipelining from '../plugins/pipelining.ts'
import protocol, { clientError } from '../plugins/protocol.ts'
import queryNumbers from '../plugins/query-numbers.ts'
import rateLimit from '../plugins/rate-limit.ts'
import requestInfo from '../plugins/request-info.ts'
import sameSite from '../plugins/same-site.ts'
import slowClients from '../plugins/slow-clients.ts'
import analyze from '../routes/analyze.ts'
import clusterJobs from '../routes/collections/cluster-jobs.ts'
import cluster from '../routes/collections/cluster.ts'
import collections from '../routes/collections/collections.ts'
import faces from '../routes/collections/faces.ts'
import searchCollection from '../routes/collections/search.ts'
import subjects from '../routes/collections/subjects.ts'
import transfer from '../routes/collections/transfer.ts'
import verifySubject from '../routes/collections/verify.ts'
import deepfaceDatabase from '../routes/deepface/database.ts'
import deepfaceFaces from '../routes/deepface/faces.ts'
import detect from '../routes/detect.ts'
import extractFaces from '../routes/extract-faces.ts'
import findStatus from '../routes/find-status.ts'
import find from '../routes/find.ts'
import models from '../routes/models.ts'
import represent from '../routes/represent.ts'
import service from '../routes/service.ts'
import verify from '../routes/verify.ts'
import { clientAddress } from './config/client-address.ts'
import type { Config } from './config/config.ts'
import { bytesInFlight as inFlight } from './config/memory-quota.ts'

/** Largest legitimate body: `images` base64 images plus 256 KiB for other fields. */
const bodyLimit = ({ MAX_IMAGE_BYTES }: Config, images: number): number => Math.ceil(images * MAX_IMAGE_BYTES * 4 / 3) + 256 * 1024

/** Images of MAX_IMAGE_BYTES that fit into one request of a route that takes several; more images fit when they are smaller. */
const IMAGES_AT_ONCE = 8

/** Milliseconds beyond those of a request for the answer that it timed out, when the service closes. */
const LAST_ANSWER_MS = 1_000

/** Request ids that are accepted from clients. Other characters could forge log lines or headers. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/

/** Options of the server that `app` runs in. Unknown fields and wrong types are refused, never coerced. */
export const serverOptions = (config: Config) => ({
  bodyLimit: bodyLimit(config, 1),
  ajv: {
    // allErrors reports all wrong fields at once. plugins/body-size.ts keeps their number small.
    customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true, allowUnionTypes: true }
  },
  trustProxy: typeof config.TRUST_PROXY === 'number' ? within(config.TRUST_PROXY) : config.TRUST_PROXY,

  // Load balancers keep idle connections for 60 s (AWS ALB, nginx and others). Ours must live longer, or a balancer sometimes sends a
  // request into a connection that is being closed and answers 502.
  keepAliveTimeout: 72_000,
  // plugins/slow-clients.ts bounds the time of a body instead, and lets a streamed one take as long as it flows.
  requestTimeout: 0,
  // Time without any traffic on a socket: longer than keepAliveTimeout, which ends idle connections cleanly, and than any request may take.
  connectionTimeout: Math.max(90_000, config.REQUEST_TIMEOUT_MS + 30_000),
  // plugins/protocol.ts answers a missing Host header in our error shape instead.
  http: { headersTimeout: 30_000, requireHostHeader: false },
  // plugins/lifecycle.ts answers in our error shape instead.
  return503OnClosing: false,
  forceCloseConnections: 'idle',
  // The first start fetches weights inside a plugin, however long that takes.
  pluginTimeout: 0,

  genReqId: requestIds(clientAddress(config.TRUST_PROXY)),
  logController: new LogController({ requestIdLogLabel: 'request_id' }),
  clientErrorHandler: clientError,
  // Errors before routing: hooks do not run here.
  frameworkErrors: (error, request, reply) => {
    const faceError = toFaceError(error, request)
    const answer = reply as FastifyReply
    answer
      .code(faceError.statusCode)
      .headers({ 'x-request-id': request.id, 'x-response-time-ms': reply.elapsedTime.toFixed(1), ...isMissing(request.raw) && { connection: 'close' } })
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(errorBody(faceError, request.id)))
  }
} as const satisfies FastifyHttpOptions<Server>)

/**
 * Returns what makes the id of a request: the client's own where it is one. It is the first code that sees a request, so it also puts the address
 * of the client into X-Forwarded-For, from where Fastify takes it for limits and logs, whatever stood there beside it.
 */
const requestIds = (clientOf: ReturnType<typeof clientAddress>) => (request: IncomingMessage): string => {
  const client = clientOf(request)
  if (client !== undefined) request.headers['x-forwarded-for'] = client
  const own = request.headers['x-request-id']
  return typeof own === 'string' && REQUEST_ID.test(own) ? own : randomUUID()
}

/** Trusts the `hops` nearest proxies. */
const within = (hops: number) => (_address: string, hop: number): boolean => hop < hops

/** The resources that the service runs on; tests pass fakes. */
export interface AppOptions extends FaceEngineOptions, IntakeOptions, ModelStoreOptions, CollectionsOptions {
  readonly config: Config
}

/** The whole service as one plugin: plugins in order of need, then routes. */
const app: FastifyPluginAsync<AppOptions> = async (fastify, { config, openCollections, openEngine, openIntake, openStore }) => {
  fastify.removeContentTypeParser('text/plain')
  await fastify.register(requestInfo)
  await fastify.register(deadline, { timeoutMs: config.REQUEST_TIMEOUT_MS })
  await fastify.register(errors)
  await fastify.register(pipelining)
  await fastify.register(lingeringClose)
  await fastify.register(protocol)
  await fastify.register(slowClients)

  // Plugins that refuse a request before its body is read. `cors` comes first, so that pages can read the refusals.
  await fastify.register(cors, { origins: config.CORS_ORIGINS })
  await fastify.register(rateLimit, { rate: config.RATE_LIMIT })
  await fastify.register(sameSite, { origins: config.CORS_ORIGINS, hosts: config.ALLOWED_HOSTS, needsKey: config.API_KEYS.length > 0 })
  await fastify.register(notFound)
  await fastify.register(lifecycle, { graceMs: config.REQUEST_TIMEOUT_MS + LAST_ANSWER_MS })
  await fastify.register(apiKeys, { keys: config.API_KEYS })
  await fastify.register(negotiation)

  await fastify.register(bytesInFlight, { total: inFlight(config), maxAnswerBytes: config.MAX_ANSWER_BYTES })
  await fastify.register(largeAnswers)

  await fastify.register(openapi, { needsKey: config.API_KEYS.length > 0 })
  await fastify.register(docsPage)
  await fastify.register(metrics, { enabled: config.METRICS, load: () => fastify.faceEngine.load(), bytesInFlight: () => fastify.bytesInFlight() })
  await fastify.register(imageBytes)
  await fastify.register(json, { maxImageBytes: config.MAX_IMAGE_BYTES })
  await fastify.register(multipart, { maxImageBytes: config.MAX_IMAGE_BYTES })
  await fastify.register(bodySize)
  await fastify.register(optionalNulls)
  await fastify.register(queryNumbers)
  await fastify.register(modelStore, { openStore })
  await fastify.register(faceEngine, { openEngine })
  await fastify.register(intake, { openIntake })
  await fastify.register(faceFolder, { root: config.FACES_DB_PATH })
  await fastify.register(collectionsPlugin, { openCollections })

  const defaults = config
  await fastify.register(service)
  await fastify.register(models)
  await fastify.register(verify, { defaults, bodyLimit: bodyLimit(config, 2) })
  await fastify.register(analyze, { defaults })
  await fastify.register(represent, { defaults, bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(detect, { defaults, bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(find, { defaults, colorFix: config.FIND_COLOR_FIX })
  await fastify.register(findStatus)
  await fastify.register(extractFaces, { defaults, maxAnswerBytes: config.MAX_ANSWER_BYTES, bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(collections, { defaults })
  await fastify.register(subjects)
  await fastify.register(faces, { defaults, bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(searchCollection, { defaults })
  await fastify.register(verifySubject, { defaults })
  await fastify.register(cluster, { defaults, bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(clusterJobs, { defaults })
  await fastify.register(transfer, { longestLine: bodyLimit(config, 1) })
  await fastify.register(deepfaceFaces, { bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
  await fastify.register(deepfaceDatabase, { bodyLimit: bodyLimit(config, IMAGES_AT_ONCE) })
}

export default fp(app, { name: 'app' })
