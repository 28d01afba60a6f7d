import fp from 'fastify-plugin'
import { answerSocket } from '../src/client-error.ts'
import { errorBody } from './errors.ts'
import { FaceError } from '../src/errors.ts'

/** Answers in the one error shape what Node answers by itself: no Host, expectations, tunnels. */
export default fp(async (fastify) => {
  const { server } = fastify

  // `100 Continue` is sent when the body is about to be read, so that a client whose request is refused need not upload it.
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  fastify.addHook('preParsing', async ({ headers }, { raw }) => {
    if (headers.expect?.toLowerCase() === '100-continue') raw.writeContinue()
  })
  // Of a refused request it is not known whether its body follows.
  fastify.addHook('onSend', async ({ headers }, reply) => {
    if (headers.expect !== undefined && !reply.raw.writableEnded && reply.statusCode >= 400) reply.header('connection', 'close')
  })

  // RFC 9110 §10.1.1: other expectations may be ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket) => answerSocket(socket, '405 Method Not Allowed', 'method_not_allowed', 'This is no proxy. GET / lists the endpoints.', ['Allow: GET']))

  // RFC 9112 §3.2 asks for 400, which no code of ours has.
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.headers.host !== undefined || request.raw.httpVersion !== '1.1') return
    const error = new FaceError('validation_error', 'This is not a valid HTTP request: it has no Host header.')
    return reply.code(400).serializer(JSON.stringify).type('application/json; charset=utf-8').send(errorBody(error, request.id))
  })
}, { name: 'protocol', dependencies: ['errors'] })
