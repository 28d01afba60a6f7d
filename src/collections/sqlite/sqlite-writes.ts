import { collectionExists } from '../collection-problems.ts'
import type { Change, Collection, NewCollection, Once, RuleChanges, SearchRules, Written } from '../contract.ts'
import { withRules } from '../search-rules.ts'
import { type Plan, planOf, referencesOf } from '../write-plan.ts'
import type { Database } from './database.ts'
import { toBlob } from './driver.ts'
import { lookups } from './sqlite-reads.ts'

/** Milliseconds that idempotency keys and tombstones are kept. */
const KEPT_MS = 24 * 3600_000

/** The writing methods of `Records`, synchronous, on one connection. */
export function writer (database: Database) {
  const { get, all, run, transaction, checkpoint, acknowledge, forget } = database
  const { existing, recall } = lookups(database)

  const keep = ({ key, fingerprint, answer }: Once, version: string, at: string): void =>
    run('INSERT INTO once (key, fingerprint, answer, version, at) VALUES (?, ?, ?, ?, ?)', key, fingerprint, answer, version, at)

  /** Plans a write, inside its transaction. */
  function plan ({ key: collection, version }: Collection, changes: readonly Change[]): Plan {
    const { subjects, faces, deleted } = referencesOf(changes)
    // Lists are passed as JSON, so that the text of a statement, and with it the prepared one, is always the same.
    const subjectRows = all('SELECT key, id FROM subject WHERE collection = ? AND id IN (SELECT value FROM json_each(?))', collection, JSON.stringify(subjects))
    const keyOf = new Map(subjectRows.map(({ key, id }) => [id as string, Number(key)]))
    const owners = deleted.flatMap((id) => keyOf.get(id) ?? [])
    const faceRows = [
      ...faces.length === 0 ? [] : all('SELECT key, id, subject FROM face WHERE collection = ? AND id IN (SELECT value FROM json_each(?))', collection, JSON.stringify(faces)),
      ...owners.length === 0 ? [] : all('SELECT key, id, subject FROM face WHERE subject IN (SELECT value FROM json_each(?))', JSON.stringify(owners))
    ]
    const known = new Map(faceRows.map(({ key, id, subject }) => [id as string, { key: Number(key), subject: Number(subject) }]))
    return planOf(changes, { subjects: keyOf, faces: known }, Number(version), { subject: newKeys('subject'), face: newKeys('face') })
  }

  /** Returns keys above all that the table has ever had, which AUTOINCREMENT remembers. No other writer is in the transaction. */
  function newKeys (table: string): () => number {
    let last: number | undefined
    return () => (last = (last ?? Number(get('SELECT seq FROM sqlite_sequence WHERE name = ?', table)?.['seq'] ?? 0)) + 1)
  }

  function execute ({ key: collection, storePhotos }: Collection, { subjects, faces }: Plan, now: string): void {
    for (const { key, seq, face } of faces) {
      if (face) continue
      run('DELETE FROM photo WHERE face = ?', key)
      run('UPDATE face SET seq = ?, id = NULL, subject = NULL, details = NULL, embedding = NULL, created_at = ? WHERE key = ?', seq, now, key)
    }
    for (const { key, seq, id } of subjects) {
      if (id === null) run('UPDATE subject SET seq = ?, id = NULL, name = NULL, metadata = NULL, updated_at = ? WHERE key = ?', seq, now, key)
    }
    for (const { key, seq, isNew, id, name, metadata } of subjects) {
      if (id === null) continue
      if (isNew) {
        run('INSERT INTO subject (key, collection, seq, id, name, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          key, collection, seq, id, name ?? null, JSON.stringify(metadata ?? {}), now, now)
      } else {
        run('UPDATE subject SET seq = ?, name = CASE WHEN ? THEN ? ELSE name END, metadata = coalesce(?, metadata), updated_at = ? WHERE key = ?',
          seq, name === undefined ? 0 : 1, name ?? null, metadata === undefined ? null : JSON.stringify(metadata), now, key)
      }
    }
    for (const { key, seq, isNew, face } of faces) {
      if (!face) continue
      const { id, subject, embedding, details, photo } = face
      if (isNew) {
        run('INSERT INTO face (key, collection, seq, id, subject, created_at, details, embedding) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          key, collection, seq, id, subject, now, JSON.stringify(details), toBlob(embedding))
      } else {
        run('DELETE FROM photo WHERE face = ?', key)
        run('UPDATE face SET seq = ?, details = ?, embedding = ? WHERE key = ?', seq, JSON.stringify(details), toBlob(embedding), key)
      }
      if (photo && storePhotos) run('INSERT INTO photo (face, bytes) VALUES (?, ?)', key, Buffer.from(photo))
    }
  }

  /** Deleted rows are overwritten in the file (secure_delete), but still stand in the journal until it is emptied. */
  function emptyJournal (): void {
    try {
      checkpoint()
    } catch {
      // The disk is full. The rows are deleted nevertheless, and `purge` empties the journal later.
    }
  }

  return {
    createCollection ({ id, length, storePhotos, ...settings }: NewCollection, once?: Once): { collection: Collection, replayed?: string } {
      const created = transaction(() => {
        const kept = once && recall(once)
        if (kept) return { collection: existing(id), replayed: kept.answer }
        if (get('SELECT 1 FROM collection WHERE id = ?', id)) throw collectionExists(id)
        const now = new Date().toISOString()
        run('INSERT INTO collection (id, length, settings, store_photos, created_at) VALUES (?, ?, ?, ?, ?)', id, length, JSON.stringify(settings), storePhotos ? 1 : 0, now)
        if (once) keep(once, '0', now)
        return { collection: existing(id) }
      })
      acknowledge(created.collection.key, Number(created.collection.version))
      return created
    },
    updateCollection: (id: string, rules: RuleChanges): Collection => transaction(() => {
      const { key } = existing(id)
      const settings = JSON.parse(get('SELECT settings FROM collection WHERE key = ?', key)!['settings'] as string) as SearchRules
      run('UPDATE collection SET settings = ? WHERE key = ?', JSON.stringify(withRules(settings, rules)), key)
      return existing(id)
    }),
    dropCollection (id: string): void {
      transaction(() => {
        const { key } = existing(id)
        forget(key)
        run('DELETE FROM photo WHERE face IN (SELECT key FROM face WHERE collection = ?)', key)
        run('DELETE FROM face WHERE collection = ?', key)
        run('DELETE FROM subject WHERE collection = ?', key)
        run('DELETE FROM collection WHERE key = ?', key)
      })
      emptyJournal()
    },
    write (id: string, changes: readonly Change[], once?: Once): Written {
      const { written, last } = transaction((): { written: Written, last?: { key: number, seq: number } } => {
        const kept = once && recall(once)
        if (kept) return { written: { version: kept.version, replayed: kept.answer } }
        const collection = existing(id)
        const now = new Date().toISOString()
        const planned = plan(collection, changes)
        execute(collection, planned, now)
        run('UPDATE collection SET seq = ? WHERE key = ?', planned.seq, collection.key)
        if (once) keep(once, String(planned.seq), now)
        return { written: { version: String(planned.seq) }, last: { key: collection.key, seq: planned.seq } }
      })
      if (last) acknowledge(last.key, last.seq)
      if (written.replayed === undefined && changes.some(({ kind }) => kind === 'delete-subject' || kind === 'delete-face')) emptyJournal()
      return written
    },
    /** Removes idempotency keys and tombstones that are older than a day, and empties the journal. */
    purge (now = Date.now()): void {
      const before = new Date(now - KEPT_MS).toISOString()
      transaction(() => {
        run('DELETE FROM once WHERE at < ?', before)
        for (const [table, at] of [['face', 'created_at'], ['subject', 'updated_at']] as const) {
          run(`UPDATE collection SET purged = max(purged, ifnull((SELECT max(seq) FROM ${table}
            WHERE collection = collection.key AND ${table}.id IS NULL AND ${at} < ?), 0))`, before)
          run(`DELETE FROM ${table} WHERE id IS NULL AND ${at} < ?`, before)
        }
      })
      checkpoint()
    }
  }
}
