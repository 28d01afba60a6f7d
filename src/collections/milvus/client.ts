import type { MilvusClient, SearchRes, SearchResultData, SearchSimpleReq } from '@zilliz/milvus2-sdk-node'
import { FaceError } from '../../errors.ts'
import { storeFailed } from '../collection-problems.ts'
import type { MilvusAddress } from './milvus-address.ts'

type Sdk = typeof import('@zilliz/milvus2-sdk-node')

/** Milliseconds that a call may take. */
const CALL_MS = 20_000
/** Milliseconds between two attempts to connect at most. */
const RECONNECT_MS = 2000

/** The SDK is only wanted where Milvus is: it is a package of its own, which who needs it installs. */
async function load (): Promise<Sdk> {
  try {
    return await import('@zilliz/milvus2-sdk-node')
  } catch (error) {
    throw new FaceError('service_unavailable', 'COLLECTIONS_URL is milvus://…, which needs a package that is not installed. Run `npm install @zilliz/milvus2-sdk-node`.', { cause: error })
  }
}

/** A moment by the clock of Milvus: milliseconds, and 18 bits that count within them. */
export type Moment = bigint
export const momentAt = (ms: number): Moment => BigInt(Math.floor(ms)) << 18n

export interface Milvus {
  readonly sdk: Sdk
  readonly client: MilvusClient
  /** A search that sees all that was written before `since`, and waits for it where it must. */
  readonly searchSince: (request: SearchSimpleReq & { collection_name: string }, since: Moment) => Promise<SearchResultData[]>
}

/** A client that connects when it is used, and again when the connection is lost. @throws {FaceError} service_unavailable without the SDK. */
export async function connect ({ address, username, password, database, tls }: MilvusAddress): Promise<Milvus> {
  const sdk = await load()
  /** Milvus takes such a moment with a search. The SDK has no field for it, so that the request is made by its parts. */
  class Client extends sdk.MilvusClient {
    async searchSince (request: Parameters<Milvus['searchSince']>[0], since: Moment): Promise<SearchResultData[]> {
      const table = await this.describeCollection({ collection_name: request.collection_name, cache: true })
      const { request: message } = sdk.buildSearchRequest(request, table, this.milvusProto)
      const answer = await answered<SearchRes>(sdk.promisify(this.channelPool, 'Search', { ...message, consistency_level: sdk.ConsistencyLevelEnum.Customized, guarantee_timestamp: String(since) }, CALL_MS))
      // One list for each vector.
      return answer.results.scores.length === 0 ? [] : sdk.formatSearchResult(answer, { round_decimal: -1 })[0]
    }
  }
  const client = new Client({
    address,
    ssl: tls,
    timeout: CALL_MS,
    logLevel: 'error',
    // As it comes gRPC waits up to two minutes before it looks again for a server that was away.
    channelOptions: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.min_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': RECONNECT_MS },
    // Nobody asked for figures of this service to be sent.
    telemetry: { enabled: false },
    ...(username !== undefined && { username, password: password ?? '' }),
    ...(database !== undefined && { database })
  })
  // Whether it is there is told by the first call.
  client.connectPromise?.catch(() => {})
  return { sdk, client, searchSince: (request, since) => client.searchSince(request, since) }
}

/** The answer, unless it says that it is none. */
export async function answered<Answer extends object> (call: Promise<Answer>): Promise<Answer> {
  const answer = await call
  const { error_code: code, reason } = ('status' in answer ? answer.status : answer) as { error_code?: string | number, reason?: string }
  if (code !== 'Success' && code !== 0) throw new Error(`Milvus: ${reason ?? code}`)
  return answer
}

/** `error` in the terms of the contract. */
export const asFaceError = (error: unknown): FaceError => error instanceof FaceError ? error : storeFailed(error)
