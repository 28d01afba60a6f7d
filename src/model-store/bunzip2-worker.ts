/** A thread that unpacks the bzip2 file it is started with: each message to it is answered with the next block, and with undefined after the last. */
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
    // Between threads an error loses its class.
    send({ problem: error.message, isTruncated: error instanceof TruncatedError })
  }
})
