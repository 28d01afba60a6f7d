import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Change, Collections, Once } from '../src/collections/contract.ts'
import { onceOf } from '../src/collections/idempotency.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly collections: Collections
  }
  interface FastifyRequest {
    /** The `Idempotency-Key` of this write, if it has one, with all that it stands for. */
    once: () => Promise<Omit<Once, 'answer'> | undefined>
  }
  interface FastifyReply {
    /**
     * The answer that this write got before under its key; undefined when it is new. Ask before work is done for it.
     * @throws {FaceError} conflict where the key came with another request.
     */
    replayed: <Answer>() => Promise<Answer | undefined>
    /** Makes the changes and gives the answer, which is kept under the key of the request where it has one. Tells the version in `Collection-Version`. */
    written: <Answer>(collection: string, changes: readonly Change[], answer: Answer) => Promise<Answer>
  }
}

export interface CollectionsOptions {
  /** Opens the collections of COLLECTIONS_URL; the service does not listen before this resolves. */
  readonly openCollections: () => Promise<Collections>
}

/** Decorates the app with `collections`, closes them after the requests that use them, and makes writes happen once. */
export default fp<CollectionsOptions>(async (fastify, { openCollections }) => {
  const collections = await openCollections()
  fastify.decorate('collections', collections)
  fastify.addHook('onClose', () => collections.close())

  const asked = new WeakMap<FastifyRequest, ReturnType<FastifyRequest['once']>>()

  fastify.decorateRequest('once', function (this: FastifyRequest) {
    // Found out once, before there is work: after that the memory of its images belongs to a worker.
    const once = asked.get(this) ?? onceOfRequest(this)
    asked.set(this, once)
    return once
  })

  async function onceOfRequest (request: FastifyRequest): ReturnType<FastifyRequest['once']> {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string') return undefined
    const client = fastify.apiKeyOf(request)?.sha256.toString('hex') ?? ''
    return await onceOf(key, client, { method: request.method, url: request.url, body: request.body, files: request.imageBytes })
  }

  const again = (reply: FastifyReply, version: string): FastifyReply => reply.headers({ 'collection-version': version, 'idempotent-replayed': 'true' })

  fastify.decorateReply('replayed', async function <Answer> (this: FastifyReply): Promise<Answer | undefined> {
    const once = await this.request.once()
    const kept = once && await collections.recall(once)
    if (!kept) return undefined
    again(this, kept.version)
    return JSON.parse(kept.answer)
  })

  fastify.decorateReply('written', async function <Answer> (this: FastifyReply, collection: string, changes: readonly Change[], answer: Answer): Promise<Answer> {
    const once = await this.request.once()
    const { version, replayed } = await collections.write(collection, changes, once && { ...once, answer: JSON.stringify(answer) })
    if (replayed !== undefined) again(this, version)
    this.header('collection-version', version)
    return replayed === undefined ? answer : JSON.parse(replayed)
  })
}, { name: 'collections', dependencies: ['api-keys', 'image-bytes'] })
