import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type ClusterJobs, openClusterJobs } from '../src/collections/clusters/cluster-jobs.ts'
import type { Change, Collections, Once } from '../src/collections/contract.ts'
import { onceOf } from '../src/collections/idempotency.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly collections: Collections
    readonly clusterJobs: ClusterJobs
  }
  interface FastifyRequest {
    /** The `Idempotency-Key` of this write with the fingerprint of the request; undefined when there is none. */
    once: () => Promise<Omit<Once, 'answer'> | undefined>
  }
  interface FastifyReply {
    /**
     * The answer that was kept under the key of this request; undefined when the write is new. Call it before any work is done.
     * @throws {FaceError} conflict when the key came with another request.
     */
    replayed: <Answer>() => Promise<Answer | undefined>
    /** Writes the changes and returns the answer, which is kept under the key of the request. Sets `Collection-Version`. */
    written: <Answer>(collection: string, changes: readonly Change[], answer: Answer) => Promise<Answer>
  }
}

export interface CollectionsOptions {
  /** Opens the collections of COLLECTIONS_URL; the service does not listen before this resolves. */
  readonly openCollections: () => Promise<Collections>
}

/** Decorates the app with `collections` and the jobs that group them, closes them after the last request that uses them, and makes each write happen once. */
export default fp<CollectionsOptions>(async (fastify, { openCollections }) => {
  const collections = await openCollections()
  fastify.decorate('collections', collections)
  const clusterJobs = openClusterJobs({ collections, log: fastify.log })
  fastify.decorate('clusterJobs', clusterJobs)
  fastify.addHook('onClose', async () => {
    await clusterJobs.close()
    await collections.close()
  })

  const asked = new WeakMap<FastifyRequest, ReturnType<FastifyRequest['once']>>()

  fastify.decorateRequest('once', function (this: FastifyRequest) {
    // Hash before any work: later the image buffers have been transferred.
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
