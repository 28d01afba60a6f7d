import { collectionExists, faceElsewhere, keyReused, noCollection, noFace, noSubject, subjectExists } from '../collection-problems.ts'
import { type Change, type Collection, type NewCollection, type NewFace, type Once, type Written } from '../contract.ts'
import type { Database } from './database.ts'
import { toBlob } from './driver.ts'
import { COLLECTION, toCollection } from './sqlite-rows.ts'

/** How long keys of writes and tombstones are kept, in milliseconds. */
const KEPT_MS = 24 * 3600_000

/** What is written to a database, one connection, synchronously; see `Records`. */
export function writer (database: Database) {
  const { get, all, run, transaction, checkpoint } = database

  function replay ({ key, fingerprint }: Once): { replayed: string, version: string } | undefined {
    const row = get('SELECT fingerprint, answer, version FROM once WHERE key = ?', key)
    if (row && row['fingerprint'] !== fingerprint) throw keyReused()
    return row && { replayed: row['answer'] as string, version: row['version'] as string }
  }

  const keep = ({ key, fingerprint, answer }: Once, version: string, at: string): void =>
    run('INSERT INTO once (key, fingerprint, answer, version, at) VALUES (?, ?, ?, ?, ?)', key, fingerprint, answer, version, at)

  function existing (id: string): Collection {
    const row = get(`${COLLECTION} WHERE id = ?`, id)
    if (!row) throw noCollection(id)
    return toCollection(row)
  }

  /** The changes of one write, in its transaction. Each takes the next number of the collection. */
  function steps ({ key: collection, storePhotos }: Collection, now: string, next: () => number) {
    const subjectKey = (id: string): number | undefined => {
      const row = get('SELECT key FROM subject WHERE collection = ? AND id = ?', collection, id)
      return row && Number(row['key'])
    }

    function putSubject ({ id, when, name, metadata }: Extract<Change, { kind: 'put-subject' }>): void {
      const key = subjectKey(id)
      if (key !== undefined && when === 'new') throw subjectExists(id)
      if (key === undefined && when === 'exists') throw noSubject(id)
      if (key === undefined) {
        run('INSERT INTO subject (collection, seq, id, name, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)', collection, next(), id, name ?? null, JSON.stringify(metadata ?? {}), now, now)
      } else if (name !== undefined || metadata !== undefined) {
        run(`UPDATE subject SET seq = ?, updated_at = ?${name === undefined ? '' : ', name = ?'}${metadata === undefined ? '' : ', metadata = ?'} WHERE key = ?`,
          next(), now, ...(name === undefined ? [] : [name]), ...(metadata === undefined ? [] : [JSON.stringify(metadata)]), key)
      }
    }

    function forgetFace (key: number): void {
      run('DELETE FROM photo WHERE face = ?', key)
      run('UPDATE face SET seq = ?, id = NULL, subject = NULL, details = NULL, embedding = NULL, created_at = ? WHERE key = ?', next(), now, key)
    }

    function deleteSubject ({ id }: { id: string }): void {
      const key = subjectKey(id)
      if (key === undefined) throw noSubject(id)
      for (const face of all('SELECT key FROM face WHERE subject = ?', key)) forgetFace(Number(face['key']))
      run('UPDATE subject SET seq = ?, id = NULL, name = NULL, metadata = NULL, updated_at = ? WHERE key = ?', next(), now, key)
    }

    function putFace ({ id, subject, embedding, details, photo }: NewFace): void {
      const owner = subjectKey(subject)
      if (owner === undefined) throw noSubject(subject)
      const known = get('SELECT key, subject FROM face WHERE collection = ? AND id = ?', collection, id)
      if (known && Number(known['subject']) !== owner) throw faceElsewhere(id)
      const values = [next(), JSON.stringify(details), toBlob(embedding)] as const
      const key = known
        ? get('UPDATE face SET seq = ?, details = ?, embedding = ? WHERE key = ? RETURNING key', ...values, Number(known['key']))!['key']
        : get('INSERT INTO face (seq, details, embedding, collection, id, subject, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key', ...values, collection, id, owner, now)!['key']
      if (known) run('DELETE FROM photo WHERE face = ?', Number(key))
      if (photo && storePhotos) run('INSERT INTO photo (face, bytes) VALUES (?, ?)', Number(key), Buffer.from(photo))
    }

    function deleteFace ({ subject, id }: { subject: string, id: string }): void {
      const owner = subjectKey(subject)
      if (owner === undefined) throw noSubject(subject)
      const row = get('SELECT key FROM face WHERE collection = ? AND id = ? AND subject = ?', collection, id, owner)
      if (!row) throw noFace(id)
      forgetFace(Number(row['key']))
    }

    return (change: Change): void => {
      if (change.kind === 'put-subject') putSubject(change)
      else if (change.kind === 'delete-subject') deleteSubject(change)
      else if (change.kind === 'put-face') putFace(change.face)
      else deleteFace(change)
    }
  }

  /** What was deleted is overwritten in the file (secure_delete), yet still stands in the journal. */
  function emptyJournal (): void {
    try {
      checkpoint()
    } catch {
      // There is no room on the disk. It is deleted all the same, and `purge` tries again.
    }
  }

  return {
    createCollection ({ id, length, storePhotos, ...settings }: NewCollection, once?: Once): { collection: Collection, replayed?: string } {
      return transaction(() => {
        const kept = once && replay(once)
        if (kept) return { collection: existing(id), replayed: kept.replayed }
        if (get('SELECT 1 FROM collection WHERE id = ?', id)) throw collectionExists(id)
        const now = new Date().toISOString()
        run('INSERT INTO collection (id, length, settings, store_photos, created_at) VALUES (?, ?, ?, ?, ?)', id, length, JSON.stringify(settings), storePhotos ? 1 : 0, now)
        if (once) keep(once, '0', now)
        return { collection: existing(id) }
      })
    },
    dropCollection (id: string): void {
      transaction(() => {
        const { key } = existing(id)
        run('DELETE FROM photo WHERE face IN (SELECT key FROM face WHERE collection = ?)', key)
        run('DELETE FROM face WHERE collection = ?', key)
        run('DELETE FROM subject WHERE collection = ?', key)
        run('DELETE FROM collection WHERE key = ?', key)
      })
      emptyJournal()
    },
    write (id: string, changes: readonly Change[], once?: Once): Written {
      const written = transaction((): Written => {
        const kept = once && replay(once)
        if (kept) return kept
        const collection = existing(id)
        const now = new Date().toISOString()
        let seq = Number(collection.version)
        const step = steps(collection, now, () => ++seq)
        for (const change of changes) step(change)
        run('UPDATE collection SET seq = ? WHERE key = ?', seq, collection.key)
        if (once) keep(once, String(seq), now)
        return { version: String(seq) }
      })
      if (written.replayed === undefined && changes.some(({ kind }) => kind === 'delete-subject' || kind === 'delete-face')) emptyJournal()
      return written
    },
    /** Forgets keys of writes and tombstones that are older than a day, and what the journal still holds. */
    purge (now = Date.now()): void {
      const before = new Date(now - KEPT_MS).toISOString()
      transaction(() => {
        run('DELETE FROM once WHERE at < ?', before)
        for (const [table, at] of [['face', 'created_at'], ['subject', 'updated_at']] as const) {
          run(`UPDATE collection SET purged = max(purged, ifnull((SELECT max(seq) FROM ${table} WHERE collection = collection.key AND ${table}.id IS NULL AND ${at} < ?), 0))`, before)
          run(`DELETE FROM ${table} WHERE id IS NULL AND ${at} < ?`, before)
        }
      })
      checkpoint()
    }
  }
}
