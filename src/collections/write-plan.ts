import { faceElsewhere, noFace, noSubject, subjectExists } from './collection-problems.ts'
import type { Change, FaceDetails, Metadata, NewFace } from './contract.ts'

/** What a store has of that which some changes name. Nobody else may change it until they are written. */
export interface Known {
  /** Keys of the subjects that are named. */
  readonly subjects: ReadonlyMap<string, number>
  /** The faces that are named, and all faces of the subjects that are deleted. */
  readonly faces: ReadonlyMap<string, { readonly key: number, readonly subject: number }>
}

export interface SubjectRow {
  readonly key: number
  readonly seq: number
  readonly isNew: boolean
  /** Null: deleted. */
  readonly id: string | null
  /** What is left out stays as it is; a new row has both. */
  readonly name?: string | null
  readonly metadata?: Metadata
}

export interface FaceRow {
  readonly key: number
  readonly seq: number
  readonly isNew: boolean
  /** Undefined: deleted. */
  readonly face?: { readonly id: string, readonly subject: number, readonly embedding: Float32Array, readonly details: FaceDetails, readonly photo?: Uint8Array }
}

export interface Plan {
  /** Of the collection afterwards. */
  readonly seq: number
  /** Rows as they are to be afterwards, each once. */
  readonly subjects: readonly SubjectRow[]
  readonly faces: readonly FaceRow[]
}

/** What changes name, to be read before they are planned. */
export function named (changes: readonly Change[]): { subjects: string[], faces: string[], deleted: string[], newSubjects: number, newFaces: number } {
  const subjects = new Set<string>()
  const faces = new Set<string>()
  const deleted = new Set<string>()
  for (const change of changes) {
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

/**
 * The rows that changes come to, in their order, so that a store on another machine writes them in a few statements however many
 * there are. Each change takes the next number after `seq`; keys of new rows are taken from `keys`.
 * @throws {FaceError} not_found, conflict. Then nothing must be written.
 */
export function planOf (changes: readonly Change[], known: Known, seq: number, keys: { readonly subject: () => number, readonly face: () => number }): Plan {
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
      subjects.set(key, { ...(subjects.get(key) ?? { key, isNew: false, id }), seq: ++seq, ...(name !== undefined && { name }), ...(metadata !== undefined && { metadata }) })
    }
  }

  function forgetFace (id: string, key: number): void {
    faceKeys.delete(id)
    // Of what comes and goes within one write nobody has heard.
    if (faces.get(key)?.isNew === true) faces.delete(key)
    else faces.set(key, { key, seq: ++seq, isNew: false })
  }

  function deleteSubject ({ id }: { id: string }): void {
    const key = existing(id)
    for (const [face, { key: faceKey, subject }] of [...faceKeys]) if (subject === key) forgetFace(face, faceKey)
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
    faces.set(key, { key, seq: ++seq, isNew: !before || faces.get(key)?.isNew === true, face: { id, subject, embedding, details, ...(photo && { photo }) } })
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
