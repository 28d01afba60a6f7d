/** A worker thread that converts the published files of one network, posts the graph and ends. */
import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Conversion } from '../converter/conversion.ts'
import { convert } from '../converter/convert.ts'

const { conversion, files } = workerData as { conversion: Conversion, files: ReadonlyMap<string, string> }
const contents = new Map<string, Uint8Array>()
for (const [name, path] of files) contents.set(name, await readFile(path))
const graph = convert(conversion, contents)
parentPort?.postMessage(graph, graph.byteLength === graph.buffer.byteLength ? [graph.buffer as ArrayBuffer] : [])
