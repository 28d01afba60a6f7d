import type { MilvusClient, SearchRes, SearchResultData, SearchSimpleReq } from '@zilliz/milvus2-sdk-node'
import { FaceError } from '../../errors.ts'
import { storeFailed } from '../collection-problems.ts'
import type { MilvusAddress } from './milvus-address.ts'

type Sdk = typeof import('@zilliz/milvus2-sdk-node')

/** Milliseconds that a call may take. */
const CALL_MS = 20_000
/** Most milliseconds between two attempts to connect. */
const RECONNECT_MS = 2000

/** Loads the SDK, an optional package that only users of Milvus install. */
async function load (): Promise<Sdk> {
  try {
    return await import('@zilliz/milvus2-sdk-node')
  } catch (error) {
    throw new FaceError('service_unavailable',
      'COLLECTIONS_URL is milvus://…, which needs a package that is not installed. Run `npm install @zilliz/milvus2-sdk-node`.', { cause: error })
  }
}

/** A timestamp of Milvus: milliseconds, then 18 bits that count within the millisecond. */
export type Moment = bigint
export const momentAt = (ms: number): Moment => BigInt(Math.floor(ms)) << 18n

export interface Milvus {
  readonly sdk: Sdk
  readonly client: MilvusClient
  /** Searches the rows that were written before `since`, waiting for them when necessary. */
  readonly searchSince: (request: SearchSimpleReq & { collection_name: string }, since: Moment) => Promise<SearchResultData[]>
}

/**
 * Creates a client that connects on its first call, and again when the connection is lost.
 * @throws {FaceError} service_unavailable when the SDK is not installed.
 */
export async function connect ({ address, username, password, database, tls }: MilvusAddress): Promise<Milvus> {
  const sdk = await load()
  /** Adds the guarantee timestamp of a search, which Milvus accepts and the SDK has no field for: the request is built from the SDK's parts. */
  class Client extends sdk.MilvusClient {
    async searchSince (request: Parameters<Milvus['searchSince']>[0], since: Moment): Promise<SearchResultData[]> {
      const table = await this.describeCollection({ collection_name: request.collection_name, cache: true })
      const { request: message } = sdk.buildSearchRequest(request, table, this.milvusProto)
      const asked = { ...message, consistency_level: sdk.ConsistencyLevelEnum.Customized, guarantee_timestamp: String(since) }
      const answer = await answered<SearchRes>(sdk.promisify(this.channelPool, 'Search', asked, CALL_MS))
      // The result has one list for each vector, and there is one vector.
      return answer.results.scores.length === 0 ? [] : sdk.formatSearchResult(answer, { round_decimal: -1 })[0]
    }
  }
  const client = new Client({
    address,
    ssl: tls,
    timeout: CALL_MS,
    logLevel: 'error',
    // By default gRPC waits up to two minutes before it tries again to reach a server that was away.
    channelOptions: {
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.min_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MS
    },
    // No usage data may leave the service unasked.
    telemetry: { enabled: false },
    ...(username !== undefined && { username, password: password ?? '' }),
    ...(database !== undefined && { database })
  })
  // The first call reports whether the server is there.
  client.connectPromise?.catch(() => {})
  return { sdk, client, searchSince: (request, since) => client.searchSince(request, since) }
}

/** Returns the answer. @throws {Error} when its status is not success. */
export async function answered<Answer extends object> (call: Promise<Answer>): Promise<Answer> {
  const answer = await call
  const { error_code: code, reason } = ('status' in answer ? answer.status : answer) as { error_code?: string | number, reason?: string }
  if (code !== 'Success' && code !== 0) throw new Error(`Milvus: ${reason ?? code}`)
  return answer
}

/** Returns `error` as a FaceError of the contract. */
export const asFaceError = (error: unknown): FaceError => error instanceof FaceError ? error : storeFailed(error)
