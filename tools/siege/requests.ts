import type { Target } from './attack.ts'
import { type Answer, exchange, write, writeAll } from './exchange.ts'

export const REPRESENT = '/api/v1/represent'
export const VERIFY = '/api/v1/verify'
export const EXTRACT = '/api/v1/extract_faces'
/** The route that takes the largest body, eight images; the collection need not exist. */
export const LARGEST = '/api/v1/collections/siege-none/subjects/siege-none/faces'

export const JSON_TYPE = 'application/json'
const BOUNDARY = 'siege-boundary'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

export interface Head {
  readonly path: string
  readonly type?: string
  /** Bytes of the body that are promised; a chunked body when left out. */
  readonly length?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Returns the head of a POST. */
export function head ({ origin, headers: own }: Target, { path, type = JSON_TYPE, length, headers = {} }: Head): string {
  const framing = length === undefined ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(length) }
  const all = { Host: origin.host, Connection: 'close', 'Content-Type': type, ...framing, ...own, ...headers }
  return `POST ${path} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** Sends a whole body, and reads the answer. */
export const post = (target: Target, path: string, type: string, body: Uint8Array | string): Promise<Answer> => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return exchange(target.origin, async (socket) => {
    await write(socket, head(target, { path, type, length: bytes.length }))
    await writeAll(socket, bytes)
  })
}

/** Returns one part of a form. */
export const part = (disposition: string, content: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')])

export const FORM_END = Buffer.from(`--${BOUNDARY}--\r\n`)
export const FORM_DELIMITER = `--${BOUNDARY}\r\n`

/** Returns a form with one image and fields. */
export const form = (image: Uint8Array, fields: Readonly<Record<string, string>> = {}): Buffer => Buffer.concat([
  part('name="img"; filename="picture"', image), ...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)), FORM_END
])

/** Asks for the embeddings of a picture in which there need be no face. */
export const represent = (target: Target, image: Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  post(target, REPRESENT, FORM_TYPE, form(image, { enforce_detection: 'false', ...fields }))

/** Does `ask` `count` times at once. */
export const times = (count: number, ask: (i: number) => Promise<Answer>): Promise<Answer[]> => Promise.all(Array.from({ length: count }, (_, i) => ask(i)))
