import { sha256Hex } from '../../system/sha256.ts'
import type { Collection, FaceDetails, Once } from '../contract.ts'
import { KIND, MOST_TEXT, type Row } from './table.ts'

/** What stands in `doc` of a subject. */
export interface SubjectDoc {
  readonly name: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

/** What stands in `doc` of a face. */
export interface FaceDoc {
  readonly details: FaceDetails
  readonly createdAt: string
  /** Rows that its photo takes. */
  readonly pieces: number
}

/** What stands in `doc` of a write that happens once. */
export type OnceDoc = Omit<Once, 'key'> & { readonly version: string }

/** Bytes of a photo that a row holds, as base64. */
const PIECE = Math.floor(MOST_TEXT / 4) * 3

export const collectionPk = (id: string): string => `c/${id}`
export const subjectPk = (collection: number, id: string): string => `${collection}/s/${id}`
export const facePk = (collection: number, id: string): string => `${collection}/f/${id}`
export const versionPk = (collection: number): string => `${collection}/v`
/** Clients choose it, and it may be long. */
export const oncePk = (key: string): string => `o/${sha256Hex(key)}`

/** A row that is no face has a vector all the same. */
function blank (length: number): number[] {
  const vector = new Array<number>(length).fill(0)
  vector[0] = 1
  return vector
}

/** Rows of one collection. */
export const rowsOf = ({ key: collection, length }: Pick<Collection, 'key' | 'length'>) => {
  const row = (part: Pick<Row, 'pk' | 'kind' | 'key'> & Partial<Row>): Row => ({ collection, subject: '', face: '', metadata: {}, doc: {}, text: '', embedding: part.embedding ?? blank(length), ...part })
  return {
    subject: (id: string, key: number, metadata: object, doc: SubjectDoc): Row => row({ pk: subjectPk(collection, id), kind: KIND.subject, key, subject: id, metadata, doc }),
    face: (id: string, subject: string, key: number, embedding: readonly number[], metadata: object, doc: FaceDoc): Row =>
      row({ pk: facePk(collection, id), kind: KIND.face, key, subject, face: id, metadata, doc, embedding }),
    photo: (face: string, subject: string, key: number, photo: Uint8Array): Row[] => Array.from({ length: piecesOf(photo) }, (_, i) =>
      row({ pk: `${collection}/p/${face}/${i}`, kind: KIND.photo, key: key + i, subject, face, text: Buffer.from(photo.subarray(i * PIECE, (i + 1) * PIECE)).toString('base64') })),
    version: (version: number): Row => row({ pk: versionPk(collection), kind: KIND.version, key: version }),
    once: ({ key, fingerprint, answer }: Once, version: number): Row =>
      row({ pk: oncePk(key), kind: KIND.once, key: version, doc: { fingerprint, answer, version: String(version) } satisfies OnceDoc })
  }
}

export const piecesOf = (photo: Uint8Array | undefined): number => photo ? Math.max(1, Math.ceil(photo.length / PIECE)) : 0
