import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'

/** Answers requests that match no route: 405 with Allow when the path exists under another method, else 404. Register it before the routes. */
export default fp(async (fastify) => {
  /** Methods by path. */
  const routes = new Map<string, { readonly matches: RegExp, readonly methods: Set<string> }>()

  fastify.addHook('onRoute', ({ url, method }) => {
    // The handler of CORS preflights is registered for all paths.
    if (url === '*') return
    const route = routes.get(url) ?? { matches: pattern(url), methods: new Set() }
    routes.set(url, route)
    for (const each of [method].flat()) route.methods.add(each)
  })

  // A hook answers before the body has been read.
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answer(request, reply)
  })
  fastify.setNotFoundHandler(answer)

  function answer (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.url.split('?', 1)[0]!
    const methods = [...routes.values()].filter(({ matches }) => matches.test(path)).flatMap((route) => [...route.methods])
    if (methods.length === 0 || methods.includes(request.method)) {
      return reply.sendError(new FaceError('not_found', 'There is no such route. GET / lists the endpoints, and /docs describes them.'))
    }
    const allow = [...new Set(methods)].sort().join(', ')
    return reply.header('allow', allow).sendError(new FaceError('method_not_allowed', `This route takes ${allow}.`))
  }
}, { name: 'not-found', dependencies: ['errors'] })

/** Matches the paths of a route: `:name` is one segment, `*` the rest. */
const pattern = (url: string): RegExp =>
  new RegExp(`^${url.split('/').map((part) => part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('/')}$`)
