/**
 * A worker thread that unpacks one bzip2 file, given as `workerData`. It answers each message with the next block, and with an undefined
 * block after the last one.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { bunzip2 } from './bunzip2.ts'
import { TruncatedError } from './fetch-failure.ts'

export type Answer = { readonly block: Uint8Array | undefined } | { readonly problem: string, readonly isTruncated: boolean }

const blocks = bunzip2(workerData as Uint8Array)
const send = (answer: Answer, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(answer, transfer)

parentPort?.on('message', () => {
  try {
    const { value: block } = blocks.next()
    send({ block: block ?? undefined }, block ? [block.buffer] : [])
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // An error loses its class between threads.
    send({ problem: error.message, isTruncated: error instanceof TruncatedError })
  }
})
