import type { Check } from './contract.ts'

/** Faces that go through a network in one run. More gain nothing on a CPU and cost memory. */
export const FACES_AT_ONCE = 8

/** Runs `run` on a few of the faces at a time, so that a request that is no longer wanted ends soon. @throws what `check` and `run` throw. */
export async function inBatches<AnyFace, Result> (
  faces: readonly AnyFace[],
  check: Check,
  run: (batch: readonly AnyFace[]) => Promise<Result[]>
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
    check()
    results.push(...await run(faces.slice(start, start + FACES_AT_ONCE)))
  }
  return results
}
