import { sha256OfBytes } from '../system/sha256.ts'
import type { Once } from './contract.ts'

export interface WriteRequest {
  readonly method: string
  readonly url: string
  readonly body: unknown
  readonly files: ReadonlyMap<string, Uint8Array>
}

/**
 * Returns the key of a write, separate from equal keys of other clients, and a fingerprint of its request.
 * @param client identifies the client; empty where clients are not distinguished.
 */
export async function onceOf (key: string, client: string, { method, url, body, files }: WriteRequest): Promise<Omit<Once, 'answer'>> {
  const hashes = await Promise.all([...files].map(async ([name, bytes]) => [name, await sha256OfBytes(bytes)]))
  return { key: `${client}:${key}`, fingerprint: await sha256OfBytes(Buffer.from(JSON.stringify([method, url, body ?? null, hashes]))) }
}
