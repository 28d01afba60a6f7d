import { openDecoder } from '../image/decoder/open-decoder.ts'
import type { DecodingMeans } from '../image/picture.ts'
import type { Check } from '../pipelines/contract.ts'
import { garbageCollector } from '../system/collect-garbage.ts'
import { claim, type Claim, claimed, release } from '../system/memory-budget.ts'

/** Bytes of pictures after which the garbage of a job is collected at once: this takes some 10 ms, one without work would do so later. */
const LARGE = 64 * 2 ** 20

/** The means of one worker to decode pictures: its part of the memory, and a process beside it. */
export interface WorkerMeans {
  forJob: (isWhole: boolean) => DecodingMeans
  /** Ends a job: gives its memory back. */
  settle: () => void
}

/** `check` throws when the running job is no longer wanted. */
export function openWorkerMeans (pictures: Claim, check: Check): WorkerMeans {
  const decoder = openDecoder(check)
  const collectGarbage = garbageCollector()
  return {
    forJob: (isWhole) => ({
      isWhole,
      memory: pictures.budget.total,
      reserve: (bytes) => claim(pictures, bytes, check),
      decodeApart: decoder.decode
    }),
    settle () {
      if (claimed(pictures) >= LARGE) collectGarbage()
      release(pictures)
    }
  }
}
