import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Collections, NewCollection } from '../../../src/collections/contract.ts'
import type { FaceError } from '../../../src/errors.ts'
import { deferred } from '../../fixtures/deferred.ts'
import { face, vector } from './contract.ts'

export interface Outage {
  /** Two instances on one store. */
  readonly instances: readonly [Collections, Collections]
  readonly settings: Omit<NewCollection, 'id'>
  readonly server: { readonly kill: () => Promise<void>, readonly start: () => Promise<void> }
  /** Writes that are acknowledged before the server is killed. */
  readonly writes: number
  /** Whether who was refused writes on, or waits until the server has been started: some need long from there until they work. */
  readonly insists: boolean
  /** What a search is refused with meanwhile. */
  readonly refusal: Pick<FaceError, 'code'> & Partial<Pick<FaceError, 'retryAfter'>>
}

/** Kills the server under four writers and starts it again: none of what was acknowledged is lost, nothing is there by half, and both go on. */
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
        await through.write(id, [{ kind: 'put-subject', when: 'new', id: name }, face(name, vector(0), `${name}-a`), face(name, vector(1), `${name}-b`)])
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
  t.strictSame([...refusals], ['service_unavailable'], 'a write that may have been lost is refused')
  t.strictSame(await collections.missing(), [])

  const subjects = new Map<string, number>()
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const page: Awaited<ReturnType<typeof collections.subjects>> = await collections.subjects(id, { limit: 1000, cursor })
    for (const { id, faces } of page.items) subjects.set(id, faces)
    cursor = page.next
    isMore = cursor !== undefined
  }
  t.strictSame(kept.filter((name) => !subjects.has(name)), [], 'all that was acknowledged is there')
  t.strictSame([...subjects.values()].filter((faces) => faces !== 2), [], 'nobody has one face of two')
  for (const each of [collections, other]) t.equal((await each.search(id, { vector: vector(0), k: 10_000 })).hits.length, 2 * subjects.size, 'the index is what the store is')
  await collections.dropCollection(id)
}
