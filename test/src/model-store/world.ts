import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { create } from 'tar'
import type { Converter } from '../../../src/model-store/graph-files.ts'
import { openModelStore, type ModelStoreOptions } from '../../../src/model-store/open-model-store.ts'
import type { Card, Source, SourceFile } from '../../../src/models/card.ts'

// Test hosts run on this machine and are reached without the environment's proxies.
process.env['NO_PROXY'] = process.env['no_proxy'] = '127.0.0.1'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface Host {
  readonly url: string
  /** Handlers by path; other paths are answered with 404. */
  readonly routes: Map<string, Handler>
  /** Requested paths, in order. */
  readonly asked: string[]
  /** Headers of these requests. */
  readonly requests: IncomingHttpHeaders[]
}

/** Creates a folder with these files, by path, that is deleted after the test. A test may have several. */
export function folderOf (t: Test, files: Readonly<Record<string, Uint8Array | string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'visage-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}

/** Starts a web host on this machine that is closed after the test. */
export async function host (t: Test): Promise<Host> {
  const routes = new Map<string, Handler>()
  const asked: string[] = []
  const requests: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!)
    asked.push(path)
    requests.push(request.headers)
    const handler = routes.get(path)
    if (handler) handler(request, response)
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, routes, asked, requests }
}

/** Serves bytes, with Range, and If-Range where there is an `etag` (RFC 9110, 14.2 and 13.1.5). */
export const serving = (bytes: Uint8Array, etag?: string): Handler => ({ headers }, response) => {
  if (etag !== undefined) response.setHeader('etag', etag)
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
  const isAnother = headers['if-range'] !== undefined && headers['if-range'] !== etag
  if (from === undefined || isAnother) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  if (Number(from) >= bytes.length) return response.writeHead(416).end()
  response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(Number(from)))
}

/** Sends the first `count` bytes and then cuts the connection. */
export const cuttingAfter = (bytes: Uint8Array, count: number, etag?: string): Handler => (_request, response) => {
  response.writeHead(200, { 'content-length': bytes.length, ...(etag !== undefined && { etag }) })
  response.write(bytes.subarray(0, count), () => response.socket?.end())
}

/** Sends the first `count` bytes and then nothing more. */
export const stallingAfter = (bytes: Uint8Array, count: number): Handler => (_request, response) => {
  response.writeHead(200, { 'content-length': bytes.length })
  if (count > 0) response.write(bytes.subarray(0, count))
  else response.flushHeaders()
}

/** Publishes an npm package on the host `to`, as a registry does. */
export async function publish (t: Test, to: Host, spec: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const name = spec.slice(0, spec.lastIndexOf('@'))
  const version = spec.slice(spec.lastIndexOf('@') + 1)
  const inside = Object.entries({ 'package.json': JSON.stringify({ name, version }), ...files })
  const folder = folderOf(t, Object.fromEntries(inside.map(([path, bytes]) => [`package/${path}`, bytes])))
  const tarball = Buffer.from(await (await create({ gzip: true, cwd: folder }, ['package'])).concat() as Buffer)
  const path = `/${name}/-/package-${version}.tgz`
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  to.routes.set(`/${name}`, serving(Buffer.from(JSON.stringify({
    name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist: { tarball: `${to.url}${path}`, integrity } } }
  }))))
  to.routes.set(path, serving(tarball))
}

/** Returns bytes that compress badly and differ by seed. */
export function noise (length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, x = seed; i < length; i++) bytes[i] = (x = Math.imul(x, 1103515245) + 12345) >>> 16
  return bytes
}

export const A = noise(200_000, 1)
export const B = noise(100_000, 2)

/** Returns the names of all files below a folder, sorted. */
export function held (folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name).sort()
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const file = (name: string, bytes: Uint8Array, ...sources: Source[]): SourceFile =>
  ({ name, bytes: bytes.length, sha256: sha256(bytes), sources })

/** A published file without a sha256. */
export const unpinned = (name: string, ...sources: Source[]): SourceFile => ({ name, sources })

export const card = (name: string, ...files: SourceFile[]): Card => ({
  name,
  task: 'detection',
  family: 'none',
  files,
  licence: { name: 'MIT', commercial: true, note: '' },
  paper: '',
  conversion: { format: 'onnx', input: { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } }
})

export interface CountingConverter extends Converter {
  readonly converted: string[]
}

/** Returns a converter whose graphs hold the names of their files, and which records them. */
export function counting (version = 1): CountingConverter {
  const converted: string[] = []
  return {
    version,
    converted,
    async convert (_conversion, files) {
      converted.push([...files.keys()].join())
      return Buffer.from(`graph ${version} ${[...files.keys()].join(' ')}`)
    }
  }
}

export const silent = { info () {}, warn () {} }

/** Opens a store that is closed after the test, with an npm cache of its own. */
export function store (t: Test, options: Partial<ModelStoreOptions> & Pick<ModelStoreOptions, 'folder'>) {
  const opened = openModelStore({
    offline: false,
    licences: 'any',
    log: silent,
    converter: counting(),
    failureMs: 0,
    idleMs: 2_000,
    cards: [],
    ...options,
    npm: { cache: folderOf(t), ...options.npm }
  })
  t.teardown(() => opened.close())
  return opened
}
