import { FaceError, validationError } from '../errors.ts'
import { faceElsewhere, noFace, noSubject, subjectExists } from './collection-problems.ts'
import { type Change, type FaceDetails, type Metadata, MOST_CHANGES, type NewFace } from './contract.ts'
import { nameProblem } from './limits.ts'

/**
 * The meaning of a write, in one place for all stores: what its changes do to subjects and faces, which of them conflict, which numbers they
 * take, and what leaves a tombstone. A store reads the rows that `referencesOf` lists, has `planOf` compute the rows afterwards, and writes
 * those, all under one lock of the collection.
 */

/** The ids that changes refer to, whose rows a store reads before it plans them. */
export interface References {
  readonly subjects: readonly string[]
  readonly faces: readonly string[]
  /** Subjects to be deleted, all of whose faces must be read too. */
  readonly deleted: readonly string[]
  /** Upper bounds of the keys that planning takes. */
  readonly newSubjects: number
  readonly newFaces: number
}

/** The rows that a store has for `References`. Nobody may change them until the plan is executed. */
export interface Known {
  /** Keys of the subjects by id. */
  readonly subjects: ReadonlyMap<string, number>
  /** Keys of the faces and of their subjects, by id of the face. */
  readonly faces: ReadonlyMap<string, { readonly key: number, readonly subject: number }>
}

export interface SubjectRow {
  readonly key: number
  readonly seq: number
  readonly isNew: boolean
  /** Null: deleted. */
  readonly id: string | null
  /** A field that is left out stays as it is; a new row has both. */
  readonly name?: string | null
  readonly metadata?: Metadata
}

export interface FaceRow {
  readonly key: number
  readonly seq: number
  readonly isNew: boolean
  /** Undefined: deleted. */
  readonly face?: {
    readonly id: string
    /** Key of its subject. */
    readonly subject: number
    readonly embedding: Float32Array
    readonly details: FaceDetails
    readonly photo?: Uint8Array
  }
}

/**
 * The rows of a write in their final state, each once. Deletions must be executed before the rest, since a new row may take the id of a deleted
 * one, and subjects before their faces.
 */
export interface Plan {
  /** Sequence number of the collection afterwards. */
  readonly seq: number
  readonly subjects: readonly SubjectRow[]
  readonly faces: readonly FaceRow[]
}

/**
 * Lists the ids that changes refer to.
 * @throws {FaceError} validation_error when there are more than MOST_CHANGES, or a name that not every store can keep.
 */
export function referencesOf (changes: readonly Change[]): References {
  if (changes.length > MOST_CHANGES) throw tooManyChanges(changes.length)
  const subjects = new Set<string>()
  const faces = new Set<string>()
  const deleted = new Set<string>()
  for (const change of changes) {
    // Metadata is kept as JSON, which escapes what a text cannot hold; ids have a pattern.
    const problem = change.kind === 'put-subject' && typeof change.name === 'string' ? nameProblem(change.name) : undefined
    if (problem !== undefined) throw validationError([{ field: 'name', msg: problem }])
    if (change.kind === 'put-face') {
      subjects.add(change.face.subject)
      faces.add(change.face.id)
    } else if (change.kind === 'delete-face') {
      subjects.add(change.subject)
      faces.add(change.id)
    } else {
      subjects.add(change.id)
      if (change.kind === 'delete-subject') deleted.add(change.id)
    }
  }
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length
  return { subjects: [...subjects], faces: [...faces], deleted: [...deleted], newSubjects: count('put-subject'), newFaces: count('put-face') }
}

const tooManyChanges = (count: number): FaceError => new FaceError('validation_error',
  `At most ${MOST_CHANGES} faces and subjects are written at once, and these are ${count}. Send an image with fewer faces, or several smaller requests.`)

/**
 * Returns the rows that changes result in, carried out in their order. Each change takes the next number after `seq`; a row that is created
 * and deleted within the write is not among them. Keys of new rows are taken from `keys`.
 * @throws {FaceError} not_found, conflict. Then nothing may be written.
 */
export function planOf (
  changes: readonly Change[], known: Known, seq: number, keys: { readonly subject: () => number, readonly face: () => number }
): Plan {
  const subjectKeys = new Map(known.subjects)
  const faceKeys = new Map(known.faces)
  const subjects = new Map<number, SubjectRow>()
  const faces = new Map<number, FaceRow>()

  function existing (id: string): number {
    const key = subjectKeys.get(id)
    if (key === undefined) throw noSubject(id)
    return key
  }

  function putSubject ({ id, when, name, metadata }: Extract<Change, { kind: 'put-subject' }>): void {
    const key = subjectKeys.get(id)
    if (key !== undefined && when === 'new') throw subjectExists(id)
    if (key === undefined && when === 'exists') throw noSubject(id)
    if (key === undefined) {
      const made = keys.subject()
      subjectKeys.set(id, made)
      subjects.set(made, { key: made, seq: ++seq, isNew: true, id, name: name ?? null, metadata: metadata ?? {} })
    } else if (name !== undefined || metadata !== undefined) {
      const before = subjects.get(key) ?? { key, isNew: false, id }
      subjects.set(key, { ...before, seq: ++seq, ...(name !== undefined && { name }), ...(metadata !== undefined && { metadata }) })
    }
  }

  function forgetFace (id: string, key: number): void {
    faceKeys.delete(id)
    // No reader has seen a row that this write created: it needs no tombstone.
    if (faces.get(key)?.isNew === true) faces.delete(key)
    else faces.set(key, { key, seq: ++seq, isNew: false })
  }

  function deleteSubject ({ id }: { id: string }): void {
    const key = existing(id)
    for (const [face, { key: faceKey, subject }] of faceKeys) if (subject === key) forgetFace(face, faceKey)
    subjectKeys.delete(id)
    if (subjects.get(key)?.isNew === true) subjects.delete(key)
    else subjects.set(key, { key, seq: ++seq, isNew: false, id: null })
  }

  function putFace ({ id, subject: owner, embedding, details, photo }: NewFace): void {
    const subject = existing(owner)
    const before = faceKeys.get(id)
    if (before && before.subject !== subject) throw faceElsewhere(id)
    const key = before?.key ?? keys.face()
    faceKeys.set(id, { key, subject })
    const isNew = !before || faces.get(key)?.isNew === true
    faces.set(key, { key, seq: ++seq, isNew, face: { id, subject, embedding, details, ...(photo && { photo }) } })
  }

  function deleteFace ({ subject, id }: { subject: string, id: string }): void {
    const owner = existing(subject)
    const face = faceKeys.get(id)
    if (face?.subject !== owner) throw noFace(id)
    forgetFace(id, face.key)
  }

  for (const change of changes) {
    if (change.kind === 'put-subject') putSubject(change)
    else if (change.kind === 'delete-subject') deleteSubject(change)
    else if (change.kind === 'put-face') putFace(change.face)
    else deleteFace(change)
  }
  return { seq, subjects: [...subjects.values()], faces: [...faces.values()] }
}
