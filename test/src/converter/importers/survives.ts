import type { Test } from 'tap'
import { isConversionError } from '../../../../src/converter/conversion-error.ts'
import { mutations, take } from '../../../fuzz.ts'

/** Number of damaged copies of a file that a reader must handle. */
const COPIES = 10_000

/**
 * Passes when `read` returns, or throws a ConversionError, for every damaged copy of `file`; the intact file must be readable. For one
 * file, a reader may allocate at most four times its size. This is measured as the growth of array buffers within one call, during which
 * nothing is collected.
 */
export function survives (t: Test, file: Uint8Array, read: (bytes: Uint8Array) => void, copies = COPIES): void {
  t.doesNotThrow(() => read(file))
  let refused = 0
  let most = 0
  // A copy is needed: a Buffer's own `slice` returns a view.
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
  t.ok(most <= 4, `at most ${most.toFixed(1)} times the file's size was allocated`)
}

/** Below this many bytes, a reader's own small buffers outweigh the file. */
const SMALL = 4096
