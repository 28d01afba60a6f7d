import type { Card, RecogniserCard } from './card.ts'

/** ready: the graph is on disk; downloadable: it will be fetched on first use; unavailable: it cannot be obtained, `reason` says why. */
export type ModelState = 'ready' | 'downloadable' | 'unavailable'

/** One model as `GET /api/v1/models` lists it. */
export interface ModelStatus {
  readonly name: string
  readonly task: Card['task']
  readonly state: ModelState
  readonly reason?: string
  /** Absent for `skip`, which runs no model. */
  readonly card?: Card
  readonly embeddingLength?: number
  readonly calibration?: RecogniserCard['calibration']
  /** Whether the thresholds of a recogniser move with the ages and the poses of two faces, see `GroupShifts`. */
  readonly adaptive?: boolean
}
