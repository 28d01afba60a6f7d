import { imageTooLarge } from '../errors.ts'
import { pixelsOf, type Session } from '../onnx/session.ts'
import type { Check } from '../pipelines/contract.ts'
import { claim, type Claim, release } from '../system/memory-budget.ts'

/** Runs that need fewer bytes than this begin at once. */
const SMALL = 2 ** 24

/** A detector, and the bytes that a run of it takes for a pixel of its input. */
export interface Counted {
  readonly name: string
  readonly bytesPerPixel: number
}

/**
 * Returns the session with its large runs counted: one begins when the memory that all workers have for running networks has room for it.
 * Its `run` throws FaceError image_too_large for a run that needs more than there is; and what `check` throws, which is called while it waits.
 */
export function countingRuns (session: Session, { name, bytesPerPixel }: Counted, memory: Claim, check: Check): Session {
  return {
    ...session,
    async run (pixels, shape) {
      const bytes = pixelsOf(shape) * bytesPerPixel
      if (bytes < SMALL) return await session.run(pixels, shape)
      const { total } = memory.budget
      if (bytes > total) throw imageTooLarge(`For this image ${name} needs about ${megabytes(bytes)} MB of memory; there are ${megabytes(total)} for all. Send a smaller one.`)
      await claim(memory, bytes, check)
      try {
        return await session.run(pixels, shape)
      } finally {
        release(memory)
      }
    }
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)
