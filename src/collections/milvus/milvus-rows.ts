import { sha256Hex } from '../../system/sha256.ts'
import type { Collection, FaceDetails, Once } from '../contract.ts'
import { KIND, MOST_TEXT, type Row } from './table.ts'

/** The `doc` of a subject. */
export interface SubjectDoc {
  readonly name: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

/** The `doc` of a face. */
export interface FaceDoc {
  readonly details: FaceDetails
  readonly createdAt: string
  /** Number of rows that its photo takes; 0: it has none. */
  readonly pieces: number
}

/** The `doc` of an idempotency key. */
export type OnceDoc = Omit<Once, 'key'> & { readonly version: string }

/** Bytes of a photo that one row holds, as base64. */
const PIECE = Math.floor(MOST_TEXT / 4) * 3

export const collectionPk = (id: string): string => `c/${id}`
export const subjectPk = (collection: number, id: string): string => `${collection}/s/${id}`
export const facePk = (collection: number, id: string): string => `${collection}/f/${id}`
export const versionPk = (collection: number): string => `${collection}/v`
/** Hashed, because clients choose the key, and it may be long. */
export const oncePk = (key: string): string => `o/${sha256Hex(key)}`

/** The vector of a row that is not a face: every row must have one. */
function blank (length: number): number[] {
  const vector = new Array<number>(length).fill(0)
  vector[0] = 1
  return vector
}

/** Constructors of the rows of one collection. */
export const rowsOf = ({ key: collection, length }: Pick<Collection, 'key' | 'length'>) => {
  const row = (part: Pick<Row, 'pk' | 'kind' | 'key'> & Partial<Row>): Row =>
    ({ collection, subject: '', face: '', metadata: {}, doc: {}, text: '', embedding: part.embedding ?? blank(length), ...part })
  return {
    subject: (id: string, key: number, metadata: object, doc: SubjectDoc): Row =>
      row({ pk: subjectPk(collection, id), kind: KIND.subject, key, subject: id, metadata, doc }),
    face: (id: string, subject: string, key: number, embedding: readonly number[], metadata: object, doc: FaceDoc): Row =>
      row({ pk: facePk(collection, id), kind: KIND.face, key, subject, face: id, metadata, doc, embedding }),
    photo: (face: string, subject: string, key: number, photo: Uint8Array): Row[] => Array.from({ length: piecesOf(photo) }, (_, i) => {
      const text = Buffer.from(photo.subarray(i * PIECE, (i + 1) * PIECE)).toString('base64')
      return row({ pk: `${collection}/p/${face}/${i}`, kind: KIND.photo, key: key + i, subject, face, text })
    }),
    version: (version: number): Row => row({ pk: versionPk(collection), kind: KIND.version, key: version }),
    once: ({ key, fingerprint, answer }: Once, version: number): Row =>
      row({ pk: oncePk(key), kind: KIND.once, key: version, doc: { fingerprint, answer, version: String(version) } satisfies OnceDoc })
  }
}

/** Number of rows that a photo takes. */
export const piecesOf = (photo: Uint8Array | undefined): number => photo ? Math.max(1, Math.ceil(photo.length / PIECE)) : 0
