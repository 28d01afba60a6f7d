import type { Calibration, Card } from './card.ts'
import type { Pipeline } from './names.ts'

/** ready: the graph is on disk; downloadable: it will be fetched on first use; unavailable: it cannot be had, `reason` says why. */
export type ModelState = 'ready' | 'downloadable' | 'unavailable'

/** One model as `GET /api/v1/models` lists it. */
export interface ModelStatus {
  readonly name: string
  readonly task: Card['task']
  readonly state: ModelState
  readonly reason?: string
  /** Absent for a name of the contract that this version has no card for. */
  readonly card?: Card
  readonly embeddingLength?: number
  readonly calibration?: Partial<Record<Pipeline, Calibration>>
}
