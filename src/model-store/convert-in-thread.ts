import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { CONVERTER_VERSION } from '../converter/converter-version.ts'
import type { Converter } from './graph-files.ts'

/** The worker's entry beside this file: .ts when run from source, .js when compiled. */
const ENTRY = new URL(`./convert-thread${extname(import.meta.url)}`, import.meta.url)

/** Converts in a thread that ends afterwards: a conversion takes seconds, and several times the memory of the weights. */
export const threadConverter: Converter = {
  version: CONVERTER_VERSION,
  async convert (conversion, files, signal) {
    signal.throwIfAborted()
    const worker = new Worker(ENTRY, { workerData: { conversion, files } })
    const stop = (): void => { worker.terminate() }
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.once('exit', (code) => reject(signal.aborted ? signal.reason : new Error(`The thread of a conversion ended with code ${code}.`)))
      })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
