import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'
import { buildReal } from '../real.ts'
import { sharedPath } from '../shared.ts'

/** Inputs that outsiders found refused or answered wrongly, by the ids of `cases.json`. */
export const skip = !existsSync(sharedPath('cases')) && 'needs ../shared/cases'

export const file = async (name: string): Promise<Uint8Array<ArrayBuffer>> => Uint8Array.from(await readFile(sharedPath(`cases/${name}`)))

export const JSON_TYPE = { 'content-type': 'application/json' }

/** An answer: its status, and the fields of its body. */
export interface Answer extends Record<string, any> {
  readonly status: number
}

/** The whole service, with models and collections. */
export async function openService (t: Test, variables: NodeJS.ProcessEnv = {}) {
  const mirror = sharedPath('weights')
  const service = await buildReal(t, {
    COLLECTIONS_URL: `sqlite:${join(t.testdir({}), 'visage.db')}`,
    MODELS_MIRROR: env['MODELS_MIRROR'] ?? (existsSync(mirror) ? mirror : undefined),
    ...variables
  })
  if (typeof service === 'string') return service
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(service.origin + path, init)
    return { ...await response.json() as object, status: response.status, headers: response.headers }
  }
  return {
    ...service,
    ask,
    post: (path: string, body: object | string, headers: Record<string, string> = {}) =>
      ask(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    send: (path: string, image: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}) => ask(path, { method: 'POST', body: formOf(image, fields) })
  }
}

export function formOf (image: Uint8Array<ArrayBuffer>, fields: Record<string, string>): FormData {
  const form = new FormData()
  form.set('img', new Blob([image]))
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}
