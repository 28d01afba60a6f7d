import type { Config } from '../../src/config/config.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import type { OnPhoto } from './run-on-photos.ts'

/** Environment of a command that measures on photos; tests pass fakes. */
export interface EvaluationContext {
  /** Configuration read from the environment: defaults of the options, settings of the engine. */
  readonly config: Config
  /** Opens the engine with these models. */
  readonly open: (models: readonly string[]) => Promise<FaceEngine>
  readonly out: (text: string) => void
  readonly onPhoto: OnPhoto
}

/** Runs a command line and returns the exit code: 0 done, 1 a bound does not hold. @throws {UsageError} */
export type Evaluation = (args: readonly string[], context: EvaluationContext) => Promise<number>
