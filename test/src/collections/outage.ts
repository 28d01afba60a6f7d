import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Collections, NewCollection } from '../../../src/collections/contract.ts'
import type { FaceError } from '../../../src/errors.ts'
import { deferred } from '../../fixtures/deferred.ts'
import { face, vector } from './contract.ts'

export interface Outage {
  /** Two instances on the same store. */
  readonly instances: readonly [Collections, Collections]
  readonly settings: Omit<NewCollection, 'id'>
  readonly server: { readonly kill: () => Promise<void>, readonly start: () => Promise<void> }
  /** Number of writes acknowledged before the server is killed. */
  readonly writes: number
  /** True when a refused writer goes on writing, false when it waits until the server has been started. Some servers need long after that. */
  readonly insists: boolean
  /** The error of a search meanwhile. */
  readonly refusal: Pick<FaceError, 'code'> & Partial<Pick<FaceError, 'retryAfter'>>
}

/**
 * Kills the server under four writers and starts it again: no acknowledged write is lost, none is half done, and both instances work again.
 */
export async function survivesOutage (t: Test, { instances: [collections, other], settings, server, writes, insists, refusal }: Outage): Promise<void> {
  const { id } = (await collections.createCollection({ ...settings, id: `c-${randomUUID()}` })).collection
  const kept: string[] = []
  const refusals = new Set<string>()
  const [enough, back] = [deferred(), deferred()]

  const writers = Promise.all([collections, other, collections, other].map(async (through, writer) => {
    let isRefused = false
    for (let i = 0, after = 0; after < 3; i++) {
      const name = `s${writer}-${i}`
      try {
        await through.write(id, [
          { kind: 'put-subject', when: 'new', id: name }, face(name, vector(0), `${name}-a`), face(name, vector(1), `${name}-b`)
        ])
        kept.push(name)
        if (kept.length === writes) enough.resolve()
        if (isRefused) after++
      } catch (error) {
        refusals.add((error as FaceError).code)
        isRefused = true
        if (!insists) await back.promise
      }
    }
  }))
  await enough.promise
  await server.kill()
  await t.rejects(collections.search(id, { vector: vector(0), k: 1 }), refusal)
  t.equal((await collections.missing()).length, 1)
  await server.start()
  back.resolve()
  await writers
  t.strictSame([...refusals], ['service_unavailable'], 'a write that may be lost is refused')
  t.strictSame(await collections.missing(), [])

  const subjects = new Map<string, number>()
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const page: Awaited<ReturnType<typeof collections.subjects>> = await collections.subjects(id, { limit: 1000, cursor })
    for (const { id, faces } of page.items) subjects.set(id, faces)
    cursor = page.next
    isMore = cursor !== undefined
  }
  t.strictSame(kept.filter((name) => !subjects.has(name)), [], 'every acknowledged write is there')
  t.strictSame([...subjects.values()].filter((faces) => faces !== 2), [], 'no subject has only one of its two faces')
  for (const each of [collections, other]) {
    t.equal((await each.search(id, { vector: vector(0), k: 10_000 })).hits.length, 2 * subjects.size, 'the index equals the store')
  }
  await collections.dropCollection(id)
}
