import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { EngineLoad } from '../src/engine/face-engine.ts'
import { COMMON_ERRORS, errorResponses } from '../src/schemas/error.ts'
import { onExchangeEnd } from '../src/system/exchange-end.ts'
import type { BytesInFlight } from './bytes-in-flight.ts'

export interface MetricsOptions {
  readonly enabled: boolean
  readonly load?: (() => EngineLoad) | undefined
  readonly bytesInFlight?: () => BytesInFlight
}

/** Seconds, from the duration of a probe to the default REQUEST_TIMEOUT_MS. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** nginx's status for a client that disconnected before the answer. */
const GONE = 499

let processRegistry: Registry | undefined

/** prom-client's default metrics. They cannot be stopped, so all apps of a process share one registry. */
function processMetrics (): Registry {
  if (processRegistry) return processRegistry
  processRegistry = new Registry()
  collectDefaultMetrics({ register: processRegistry })
  return processRegistry
}

/**
 * Serves GET /metrics in Prometheus' text format: durations of requests by route, those in flight, load of the workers, process.
 * Labels hold route patterns and never URLs: clients must not be able to create time series.
 *
 * Register it after `openapi`, so that the route is in the document.
 */
export default fp<MetricsOptions>(async (fastify, { enabled, load, bytesInFlight }) => {
  if (!enabled) return
  const registry = new Registry()
  const registers = [registry]
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer; status 499: the client went away.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: BUCKETS,
    registers
  })
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests that are being answered.', registers })
  if (load) gauges(registers, load)
  if (bytesInFlight) bytesOf(registers, bytesInFlight)

  const observe = (request: FastifyRequest, reply: FastifyReply, status: number): void =>
    duration.observe({ method: request.method, route: request.routeOptions.url ?? '(none)', status_code: status }, reply.elapsedTime / 1000)

  fastify.addHook('onRequest', async (request, reply) => {
    inFlight.inc()
    onExchangeEnd(request.raw, reply.raw, () => {
      inFlight.dec()
      if (!reply.raw.writableFinished && !reply.raw.errored) observe(request, reply, GONE)
    })
  })
  // This hook also sees requests that other plugins refuse before the hook above.
  fastify.addHook('onResponse', async (request, reply) => observe(request, reply, reply.statusCode))
  fastify.addHook('onClose', async () => registry.clear())

  fastify.get('/metrics', { schema, config: { produces: ['text/plain'] } }, async (_request, reply) => {
    const texts = await Promise.all([registry.metrics(), processMetrics().metrics()])
    return reply.type(registry.contentType).send(texts.join('\n'))
  })
  processMetrics()
}, { name: 'metrics' })

/** A gauge that is read when it is asked for. */
const gauge = (registers: Registry[], name: string, help: string, value: () => number) =>
  new Gauge({ name, help, registers, collect () { this.set(value()) } })

function gauges (registers: Registry[], load: () => EngineLoad): void {
  gauge(registers, 'visage_workers', 'Inference workers.', () => load().workers)
  gauge(registers, 'visage_workers_busy', 'Inference workers that run something.', () => load().busy)
  gauge(registers, 'visage_queue_waiting', 'Requests that wait for a worker.', () => load().waiting)
}

function bytesOf (registers: Registry[], bytes: () => BytesInFlight): void {
  gauge(registers, 'visage_bytes_in_flight', 'Bytes of memory that bodies and answers take.', () => bytes().taken)
  gauge(registers, 'visage_bytes_in_flight_limit', 'Bytes of memory that they may take.', () => bytes().total)
  const refused = new Counter({
    name: 'visage_bytes_refused_total',
    help: 'Requests that were refused because bodies and answers took all memory they may take.',
    registers,
    collect () {
      refused.reset()
      refused.inc(bytes().refused)
    }
  })
}

const schema = {
  operationId: 'getMetrics',
  tags: ['service'],
  summary: 'How the service fares, for Prometheus',
  description: 'In the text format of Prometheus: durations of requests by route, the load of the workers, the process.',
  response: {
    200: {
      description: 'Prometheus text format 0.0.4.',
      content: { 'text/plain': { schema: { type: 'string' }, example: '# TYPE http_requests_in_flight gauge\nhttp_requests_in_flight 1\n' } }
    },
    ...errorResponses(COMMON_ERRORS)
  }
}
