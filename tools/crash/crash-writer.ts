/**
 * The process that `crash.ts` kills: WRITERS concurrent writers create and delete subjects in one collection and report each step on
 * stdout once it is acknowledged: `+id` created, `?id` about to be deleted, `-id` deleted. It runs until it is killed.
 */
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { argv } from 'node:process'
import type { Change } from '../../src/collections/contract.ts'
import { openSqliteStore } from '../../src/collections/sqlite/sqlite-store.ts'
import { COLLECTION, FACES, LENGTH, WRITERS } from './crash-rules.ts'

const log = { warn: console.error, error: console.error }
const store = await openSqliteStore({ path: argv[2]!, log })
const report = (line: string): number => writeSync(1, `${line}\n`)

const face = (subject: string, i: number): Change => ({
  kind: 'put-face',
  face: { id: `${subject}-${i}`, subject, details: {}, embedding: Float32Array.from({ length: LENGTH }, () => Math.random() - 0.5), photo: Buffer.alloc(2000, i) }
})

async function work (): Promise<never> {
  const mine: string[] = []
  for (;;) {
    const id = randomUUID().slice(0, 18)
    await store.write(COLLECTION, [{ kind: 'put-subject', when: 'new', id, metadata: { n: mine.length } }, ...Array.from({ length: FACES }, (_, i) => face(id, i))])
    report(`+${id}`)
    mine.push(id)
    if (mine.length % 4 !== 0) continue
    const old = mine.shift()!
    report(`?${old}`)
    await store.write(COLLECTION, [{ kind: 'delete-subject', id: old }])
    report(`-${old}`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, work))
