import { UsageError } from '../../src/commands/usage-error.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import { distance, type Metric } from '../../src/match/distance.ts'
import { type GroupShifts, groupShift } from '../../src/match/group-shift.ts'
import { movedThreshold } from '../../src/match/threshold-at.ts'
import { calibrationFor } from '../../src/models/calibration-of.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import type { RepresentOptions } from '../../src/pipelines/contract.ts'

/** The largest face of a photo, with what a verdict goes by. */
export interface JudgedFace {
  readonly embedding: Float32Array
  /** Degrees; undefined where no mesh was run. */
  readonly yaw: number | undefined
  /** Estimated years. */
  readonly age: number
}

/** Embeds the largest face of a photo and estimates its age, as the service does for a verdict. */
export async function judgedFace (engine: FaceEngine, bytes: Uint8Array, options: RepresentOptions): Promise<JudgedFace[]> {
  const faces = await engine.represent(bytes, { ...options, maxFaces: 1, ages: true })
  return faces.map(({ embedding, yaw, age }) => {
    if (age === undefined) throw new UsageError('The model of ages cannot be had.')
    return { embedding, yaw, age }
  })
}

/** Verdicts on pairs of faces. */
export interface Judge {
  readonly distance: (a: JudgedFace, b: JudgedFace) => number
  /** Whether one threshold accepts the pair. */
  readonly fixed: (a: JudgedFace, b: JudgedFace) => boolean
  /** Whether that of the two faces does; undefined for a recogniser whose thresholds do not move. */
  readonly adaptive: ((a: JudgedFace, b: JudgedFace) => boolean) | undefined
}

/** Returns how the service judges pairs with these settings. @throws {FaceError} validation_error when the model has no thresholds. */
export function judgeOf (options: RepresentOptions, metric: Metric): Judge {
  const { thresholds } = calibrationFor(options)
  const { groupShifts } = recogniserNamed(options.model)
  const between = (a: JudgedFace, b: JudgedFace): number => distance(metric, a.embedding, b.embedding)
  return {
    distance: between,
    fixed: (a, b) => between(a, b) <= thresholds[metric],
    adaptive: groupShifts && ((a, b) => between(a, b) <= movedThreshold(thresholds, metric, shiftOf(groupShifts, a, b)))
  }
}

const shiftOf = (shifts: GroupShifts, a: JudgedFace, b: JudgedFace): number =>
  groupShift(shifts, { ages: [a.age, b.age], yaws: [a.yaw, b.yaw] }).shift
