import type { Test } from 'tap'
import { isConversionError } from '../../../../src/converter/conversion-error.ts'
import { mutations, take } from '../../../fuzz.ts'

/** How many damaged copies of a file a reader must get through. */
const COPIES = 10_000

/**
 * Passes when `read` gives a result or a ConversionError for every damaged copy of `file`; whole, it must be readable.
 * What a reader sets up for one file may be no more than four times its size: that shows as the growth of array buffers within
 * one call, which nothing has time to collect.
 */
export function survives (t: Test, file: Uint8Array, read: (bytes: Uint8Array) => void, copies = COPIES): void {
  t.doesNotThrow(() => read(file))
  let refused = 0
  let most = 0
  // A copy, as a Buffer's own `slice` is none.
  for (const bytes of take(copies, mutations(1, new Uint8Array(file)))) {
    const before = process.memoryUsage().arrayBuffers
    try {
      read(bytes)
    } catch (error) {
      if (!isConversionError(error)) throw error
      refused++
    }
    most = Math.max(most, (process.memoryUsage().arrayBuffers - before) / Math.max(bytes.length, SMALL))
  }
  t.ok(refused > copies / 20 && refused < copies, `${refused} of ${copies} were refused`)
  t.ok(most <= 4, `at most ${most.toFixed(1)} times the file's size was set up`)
}

/** Below this many bytes a reader's own small buffers outweigh the file. */
const SMALL = 4096
