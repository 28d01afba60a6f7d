/** The parts of `milvus://user:password@host:port/database?index=HNSW&tls=true`. */
export interface MilvusAddress {
  /** `host:port`. */
  readonly address: string
  readonly username?: string
  readonly password?: string
  readonly database?: string
  readonly tls: boolean
  /** FLAT compares the query with every face; the others are faster with many faces, and may miss some. */
  readonly index: IndexName
}

export const INDEXES = ['FLAT', 'HNSW', 'DISKANN'] as const
export type IndexName = typeof INDEXES[number]

/** Default port of Milvus. */
const PORT = '19530'

/** Parses the URL; undefined when it is not a valid one of Milvus. */
export function parseMilvusUrl (text: string): MilvusAddress | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const index = (url?.searchParams.get('index') ?? 'FLAT') as IndexName
  if (!url || url.protocol !== 'milvus:' || url.hostname === '' || !INDEXES.includes(index)) return undefined
  const database = url.pathname.slice(1)
  return {
    address: `${url.hostname}:${url.port || PORT}`,
    ...(url.username !== '' && { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
    ...(database !== '' && { database }),
    tls: url.searchParams.get('tls') === 'true',
    index
  }
}
