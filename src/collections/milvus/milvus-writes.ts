import type { Change, Collection, Metadata, Once } from '../contract.ts'
import { planOf, referencesOf } from '../write-plan.ts'
import type { Moment } from './client.ts'
import type { Clock } from './clock.ts'
import { type FaceDoc, facePk, piecesOf, rowsOf, type SubjectDoc, subjectPk } from './milvus-rows.ts'
import { KIND, quoted, type Row, type Table } from './table.ts'

const SUBJECT = ['pk', 'key', 'subject', 'metadata', 'doc'] as const
const FACE = ['pk', 'key', 'subject', 'face', 'doc'] as const

/** Does what changes come to: removes what goes, then puts what stays, its version and the key of the write in one call. */
export async function write (table: Table, collection: Collection, changes: readonly Change[], clock: Clock, once: Once | undefined): Promise<{ version: number, moment: Moment }> {
  const { key: within, storePhotos } = collection
  const { subjects, faces, deleted } = referencesOf(changes)
  const subjectRows = await table.query(`pk in ${quoted(subjects.map((id) => subjectPk(within, id)))}`, SUBJECT, 'Strong')
  const faceRows = [
    ...faces.length === 0 ? [] : await table.query(`pk in ${quoted(faces.map((id) => facePk(within, id)))}`, FACE, 'Strong'),
    ...deleted.length === 0 ? [] : await table.query(`collection == ${within} and kind == ${KIND.face} and subject in ${quoted(deleted)}`, FACE, 'Strong')
  ]
  const subjectsBefore = new Map(subjectRows.map((row) => [row.key, row]))
  const facesBefore = new Map(faceRows.map((row) => [row.key, row]))
  const keyOf = new Map(subjectRows.map(({ subject, key }) => [subject, key]))
  // A face whose subject is not there is what a write left that did not come to its end.
  const known = faceRows.flatMap(({ face, key, subject }) => keyOf.has(subject) ? [[face, { key, subject: keyOf.get(subject)! }] as const] : [])
  const others = await strangers(table, faceRows, within, keyOf)
  const plan = planOf(changes, { subjects: keyOf, faces: new Map([...known, ...others]) }, 0, { subject: clock.key, face: clock.key })

  const now = new Date().toISOString()
  const make = rowsOf(collection)
  const version = clock.version()
  const put: Row[] = []
  const metadataOf = new Map<number, Metadata>(subjectRows.map(({ key, metadata }) => [key, metadata as Metadata]))
  const idOf = new Map(subjectRows.map(({ key, subject }) => [key, subject]))
  const renewed: string[] = []
  for (const { key, id, name, metadata, isNew } of plan.subjects) {
    if (id === null) continue
    const before = subjectsBefore.get(key)
    const doc = before?.doc as SubjectDoc | undefined
    if (metadata !== undefined) metadataOf.set(key, metadata)
    if (metadata !== undefined && !isNew) renewed.push(id)
    idOf.set(key, id)
    put.push(make.subject(id, key, metadataOf.get(key) ?? {}, { name: name === undefined ? doc?.name ?? null : name, createdAt: doc?.createdAt ?? now, updatedAt: now }))
  }
  for (const { key, face } of plan.faces) {
    if (!face) continue
    const { id, subject, embedding, details, photo } = face
    const kept = storePhotos ? photo : undefined
    const doc = facesBefore.get(key)?.doc as FaceDoc | undefined
    put.push(make.face(id, idOf.get(subject)!, key, Array.from(embedding), metadataOf.get(subject) ?? {}, { details, createdAt: doc?.createdAt ?? now, pieces: piecesOf(kept) }))
    if (kept) put.push(...make.photo(id, idOf.get(subject)!, key, kept))
  }
  if (renewed.length > 0) put.push(...await withMetadata(table, collection, renewed, new Set(put.map(({ pk }) => pk)), (id) => metadataOf.get(keyOf.get(id)!) ?? {}))

  const gone = [
    ...plan.subjects.flatMap(({ key, id }) => id === null ? [subjectsBefore.get(key)!.pk] : []),
    ...plan.faces.flatMap(({ key, face }) => face ? [] : [facesBefore.get(key)!.pk])
  ]
  if (gone.length > 0) await table.remove(`pk in ${quoted(gone)}`)
  const changed = plan.faces.flatMap(({ key }) => facesBefore.get(key)?.face ?? [])
  if (storePhotos && changed.length > 0) await table.remove(`collection == ${within} and kind == ${KIND.photo} and face in ${quoted(changed)}`)
  const moment = await table.put([...put, make.version(version), ...once ? [make.once(once, version)] : []])
  return { version, moment }
}

/** Subjects of named faces that the changes do not name: a face of theirs stays theirs. */
async function strangers (table: Table, faces: ReadonlyArray<Pick<Row, 'face' | 'key' | 'subject'>>, within: number, known: ReadonlyMap<string, number>) {
  const others = faces.filter(({ subject }) => !known.has(subject))
  if (others.length === 0) return []
  const rows = await table.query(`pk in ${quoted(others.map(({ subject }) => subjectPk(within, subject)))}`, ['key', 'subject'], 'Strong')
  const keyOf = new Map(rows.map(({ subject, key }) => [subject, key]))
  return others.flatMap(({ face, key, subject }) => keyOf.has(subject) ? [[face, { key, subject: keyOf.get(subject)! }] as const] : [])
}

/** The faces of subjects whose metadata changed, with it. */
async function withMetadata (table: Table, { key: within }: Collection, subjects: readonly string[], but: ReadonlySet<string>, metadataOf: (subject: string) => object): Promise<Row[]> {
  const rows = await table.query(`collection == ${within} and kind == ${KIND.face} and subject in ${quoted(subjects)}`, ['pk', 'collection', 'kind', 'key', 'subject', 'face', 'doc', 'text', 'embedding'], 'Strong')
  return rows.filter(({ pk }) => !but.has(pk)).map((row) => ({ ...row, metadata: metadataOf(row.subject) }))
}
