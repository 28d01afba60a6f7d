import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Card } from '../models/card.ts'
import { convert } from '../onnx/convert.ts'

const { card, files } = workerData as { card: Card, files: ReadonlyMap<string, string> }
const contents = new Map<string, Uint8Array>()
for (const [name, path] of files) contents.set(name, await readFile(path))
const graph = convert(card.conversion, contents)
parentPort?.postMessage(graph, graph.byteLength === graph.buffer.byteLength ? [graph.buffer as ArrayBuffer] : [])
