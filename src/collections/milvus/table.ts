import type { RowData } from '@zilliz/milvus2-sdk-node'
import { answered, type Milvus, type Moment } from './client.ts'
import type { IndexName } from './milvus-address.ts'

/** Kinds of rows. */
export const KIND = { subject: 0, face: 1, photo: 2, once: 3, collection: 4, version: 5 } as const

/** A row of a table. The fields that its kind does not use are empty. */
export interface Row {
  /** Primary key, derived from the kind and the ids, so that writing a row again replaces it. */
  readonly pk: string
  /** Key of the collection. */
  readonly collection: number
  readonly kind: number
  /** Increases in order of enrolment. */
  readonly key: number
  readonly subject: string
  readonly face: string
  /** Metadata of the subject, repeated with each of its faces, because searches are filtered by it. */
  readonly metadata: object
  readonly doc: object
  /** Chunk of a photo in base64. */
  readonly text: string
  readonly embedding: readonly number[]
}

/** Most rows of one answer and of one search (proxy.maxResultWindow, quotaAndLimits.limits.topK). */
export const MOST_ROWS = 16_384
/** Most characters of a text (the limit of VarChar). */
export const MOST_TEXT = 65_535
/** Most bytes of one call: half of what Milvus accepts by default (grpc.serverMaxRecvSize is 64 MiB in old versions). */
const MOST_BYTES = 32 * 2 ** 20

export type Level = 'Strong' | 'Bounded'

export interface Found {
  readonly key: number
  readonly face: string
  readonly subject: string
  /** Cosine, −1..1. */
  readonly score: number
  readonly doc: object
  readonly embedding?: readonly number[]
}

/** The rows that have vectors of one length. */
export interface Table {
  readonly query: <Fields extends keyof Row>(filter: string, fields: readonly Fields[], level: Level) => Promise<Array<Pick<Row, Fields>>>
  readonly count: (filter: string, level: Level) => Promise<number>
  /** Inserts or replaces rows. Returns the moment from which they are visible. */
  readonly put: (rows: readonly Row[]) => Promise<Moment>
  readonly remove: (filter: string) => Promise<void>
  /**
   * Searches the rows that were written before `since`; `now`: all whose write was answered before the search began. With `vectors` the results
   * include their embeddings.
   */
  readonly search: (vector: readonly number[], filter: string, limit: number, since: Moment | 'now', vectors: boolean) => Promise<Found[]>
}

/** A list of texts in the expression language of Milvus, which quotes as JSON does. */
export const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`

const PREFIX = 'visage_'
export const tableName = (length: number): string => `${PREFIX}${length}`

/** Returns the lengths of vectors that there are tables for. */
export async function lengths ({ client }: Milvus): Promise<number[]> {
  const { data } = await answered(client.showCollections())
  return data.flatMap(({ name }) => name.startsWith(PREFIX) ? [Number(name.slice(PREFIX.length))] : []).filter(Number.isInteger)
}

/**
 * Opens the table for vectors of this length, and creates it when there is none. It has one shard, so that the rows of one write are one
 * message, which becomes visible as a whole. (A partition key would make searches faster, but in 2.3 an upsert puts rows into wrong partitions.)
 */
export async function openTable (milvus: Milvus, length: number, index: IndexName): Promise<Table> {
  const { client, sdk: { DataType }, searchSince } = milvus
  const name = tableName(length)
  const exists = async (): Promise<boolean> => (await answered(client.hasCollection({ collection_name: name }))).value === true
  if (!await exists()) {
    try {
      await answered(client.createCollection({
        collection_name: name,
        shards_num: 1,
        consistency_level: 'Bounded',
        fields: [
          { name: 'pk', data_type: DataType.VarChar, max_length: 256, is_primary_key: true, autoID: false },
          { name: 'collection', data_type: DataType.Int64 },
          { name: 'kind', data_type: DataType.Int8 },
          { name: 'key', data_type: DataType.Int64 },
          { name: 'subject', data_type: DataType.VarChar, max_length: 256 },
          { name: 'face', data_type: DataType.VarChar, max_length: 256 },
          { name: 'metadata', data_type: DataType.JSON },
          { name: 'doc', data_type: DataType.JSON },
          { name: 'text', data_type: DataType.VarChar, max_length: MOST_TEXT },
          { name: 'embedding', data_type: DataType.FloatVector, dim: length }
        ]
      }))
    } catch (error) {
      // Another instance may have created it meanwhile.
      if (!await exists()) throw error
    }
  }
  const params = index === 'HNSW' ? { M: 16, efConstruction: 256 } : {}
  await answered(client.createIndex({ collection_name: name, field_name: 'embedding', index_type: index, metric_type: 'COSINE', params }))
  await answered(client.loadCollectionSync({ collection_name: name }))

  return {
    async query (filter, fields, level) {
      const request = { collection_name: name, filter, output_fields: [...fields], limit: MOST_ROWS, consistency_level: level as never }
      const { data } = await answered(client.query(request))
      // 64-bit numbers arrive as texts.
      return data.map((row) => ({
        ...row, ...('key' in row && { key: Number(row['key']) }), ...('collection' in row && { collection: Number(row['collection']) })
      })) as never
    },
    async count (filter, level) {
      const { data } = await answered(client.query({ collection_name: name, filter, output_fields: ['count(*)'], consistency_level: level as never }))
      return Number(data[0]?.['count(*)'] ?? 0)
    },
    async put (rows) {
      let moment: Moment = 0n
      for (let from = 0; from < rows.length;) {
        let to = from
        for (let bytes = 0; to < rows.length && (bytes < MOST_BYTES || to === from); to++) bytes += 4 * length + rows[to]!.text.length
        const { timestamp } = await answered(client.upsert({ collection_name: name, data: rows.slice(from, to) as unknown as RowData[] }))
        moment = BigInt(timestamp)
        from = to
      }
      return moment
    },
    async remove (filter) {
      await answered(client.deleteEntities({ collection_name: name, expr: filter }))
    },
    async search (vector, filter, limit, since, vectors) {
      const request = {
        collection_name: name,
        data: [...vector],
        filter,
        limit,
        // HNSW requires ef to be at least the number of results.
        ...(index === 'HNSW' && { params: { ef: Math.max(256, limit) } }),
        output_fields: ['key', 'face', 'subject', 'doc', ...vectors ? ['embedding'] : []]
      }
      const results = since === 'now'
        ? (await answered(client.search({ ...request, consistency_level: 'Strong' as never }))).results
        : await searchSince(request, since)
      return results.map(({ score, key, face, subject, doc, embedding }) => ({
        key: Number(key),
        face: face as string,
        subject: subject as string,
        score: Math.max(-1, Math.min(1, score)),
        doc: doc as object,
        ...vectors && { embedding: embedding as number[] }
      }))
    }
  }
}
