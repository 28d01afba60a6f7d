import type { Once } from './contract.ts'

/**
 * The name a client gave a write, apart from the names that other clients give, and a fingerprint of the request.
 * @param client what tells clients apart; empty where they are not told apart.
 */
export async function onceOf (key: string, client: string, request: { readonly method: string, readonly url: string, readonly body: unknown, readonly files: ReadonlyMap<string, Uint8Array> }): Promise<Omit<Once, 'answer'>> {
  const files = await Promise.all([...request.files].map(async ([name, bytes]) => [name, await sha256(bytes)]))
  return { key: `${client}:${key}`, fingerprint: await sha256(Buffer.from(JSON.stringify([request.method, request.url, request.body ?? null, files]))) }
}

/** In hex, computed off the event loop. */
export const sha256 = async (bytes: Uint8Array): Promise<string> => Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
