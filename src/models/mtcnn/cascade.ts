import type { Canvas } from '../../image/opencv/canvas.ts'
import { type Finder, forBothPipelines } from '../both-pipelines.ts'
import type { BothPipelines } from '../family.ts'
import type { Candidate } from './candidates.ts'
import type { Found, Nets } from './nets.ts'

/** Both packages' defaults: pixels of the smallest face that is looked for, and how much smaller each level is than the one before. */
export const SMALLEST = 20
export const FACTOR = 0.709

/** Both packages' defaults: how much overlap with a better candidate drops one, within a level, of all levels, and after the two other networks. */
export const OVERLAP = { level: 0.5, all: 0.7, rnet: 0.7, onet: 0.7 }

/** Pixels that the later networks see. */
export const RNET = 24
export const ONET = 48

/** One package's way through the three networks. */
export interface Cascade {
  readonly propose: (nets: Nets, canvas: Canvas) => Promise<Candidate[]>
  readonly refine: (nets: Nets, canvas: Canvas, candidates: readonly Candidate[]) => Promise<Candidate[]>
  readonly finish: (nets: Nets, canvas: Canvas, candidates: readonly Candidate[]) => Promise<Found[]>
  readonly toFace: Finder<Found>['toFace']
}

/** In the native pipeline it looks at pictures with no longer side than 1024 pixels, and finds faces of 2 % of it. */
export const cascaded = (nets: Nets, { propose, refine, finish, toFace }: Cascade): BothPipelines => forBothPipelines({
  find: async (canvas) => await finish(nets, canvas, await refine(nets, canvas, await propose(nets, canvas))),
  toFace,
  longest: 1024
})
