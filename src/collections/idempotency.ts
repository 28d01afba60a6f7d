import { sha256OfBytes } from '../system/sha256.ts'
import type { Once } from './contract.ts'

/**
 * The name a client gave a write, apart from the names that other clients give, and a fingerprint of the request.
 * @param client what tells clients apart; empty where they are not told apart.
 */
export async function onceOf (key: string, client: string, request: { readonly method: string, readonly url: string, readonly body: unknown, readonly files: ReadonlyMap<string, Uint8Array> }): Promise<Omit<Once, 'answer'>> {
  const files = await Promise.all([...request.files].map(async ([name, bytes]) => [name, await sha256OfBytes(bytes)]))
  return { key: `${client}:${key}`, fingerprint: await sha256OfBytes(Buffer.from(JSON.stringify([request.method, request.url, request.body ?? null, files]))) }
}
