import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { FaceError } from '../../errors.ts'
import { storeFailed } from '../problems.ts'
import type { MilvusAddress } from './address.ts'

type Sdk = typeof import('@zilliz/milvus2-sdk-node')

/** Milliseconds that a call may take. */
const CALL_MS = 20_000

/** The SDK is only wanted where Milvus is: it is a package of its own, which who needs it installs. */
async function load (): Promise<Sdk> {
  try {
    return await import('@zilliz/milvus2-sdk-node')
  } catch (error) {
    throw new FaceError('service_unavailable', 'GALLERY_URL is milvus://…, which needs a package that is not installed. Run `npm install @zilliz/milvus2-sdk-node`.', { cause: error })
  }
}

export interface Milvus {
  readonly sdk: Sdk
  readonly client: MilvusClient
}

/** A client that connects when it is used, and again when the connection is lost. @throws {FaceError} service_unavailable without the SDK. */
export async function connect ({ address, username, password, database, tls }: MilvusAddress): Promise<Milvus> {
  const sdk = await load()
  const client = new sdk.MilvusClient({
    address,
    ssl: tls,
    timeout: CALL_MS,
    logLevel: 'error',
    // Nobody asked for figures of this service to be sent.
    telemetry: { enabled: false },
    ...(username !== undefined && { username, password: password ?? '' }),
    ...(database !== undefined && { database })
  })
  // Whether it is there is told by the first call.
  client.connectPromise?.catch(() => {})
  return { sdk, client }
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
