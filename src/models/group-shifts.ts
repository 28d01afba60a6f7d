import type { GroupShifts } from '../match/group-shift.ts'
import type { Pipeline, RecogniserName, VerdictPolicy } from '../names.ts'
import { recogniserNamed } from './catalogue.ts'

interface Settings {
  readonly pipeline: Pipeline
  readonly model: RecogniserName
}

/** How thresholds move by age and pose; undefined where they do not. */
export const shiftsFor = ({ pipeline, model }: Settings, policy: VerdictPolicy): GroupShifts | undefined =>
  pipeline === 'native' && policy === 'adaptive' ? recogniserNamed(model).groupShifts : undefined
