import type { Config } from '../../src/config/config.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import { type Bound, broken, type Figure } from './bounds.ts'
import type { OnPhoto } from './photos.ts'

/** What a command that measures on photos has at hand; tests give fakes. */
export interface Workplace {
  /** Of the environment: defaults of the options, and how the engine runs. */
  readonly config: Config
  /** Opens the engine with these models. */
  readonly open: (models: readonly string[]) => Promise<FaceEngine>
  readonly out: (text: string) => void
  readonly onPhoto: OnPhoto
}

/** Runs a command line and returns the exit code: 0 done, 1 a bound does not hold. @throws {UsageError} */
export type Evaluation = (args: readonly string[], place: Workplace) => Promise<number>

/** Prints the figures, and the bounds that do not hold. Returns the exit code. */
export function conclude (figures: readonly Figure[], bounds: readonly Bound[], out: Workplace['out']): number {
  const width = Math.max(...figures.map(({ name }) => name.length))
  for (const { name, value, text } of figures) out(`${name.padEnd(width)}  ${(Number.isNaN(value) ? '-' : value.toFixed(2)).padStart(7)} ${text}\n`)
  const failures = broken(bounds, figures)
  for (const failure of failures) out(`${failure}\n`)
  return failures.length === 0 ? 0 : 1
}
