import type { Canvas } from '../../image/opencv/canvas.ts'
import { type Finder, forBothPipelines } from '../both-pipelines.ts'
import type { BothPipelines } from '../family.ts'
import type { Candidate } from './candidates.ts'
import type { Found, Nets } from './nets.ts'

/** Both packages' defaults: side of the smallest face in pixels, and size of each level of the pyramid relative to the one before. */
export const SMALLEST = 20
export const FACTOR = 0.709

/**
 * Both packages' defaults: overlap with a better candidate above which one is dropped, within a level, among all levels, and after each
 * of the other two networks.
 */
export const OVERLAP = { level: 0.5, all: 0.7, rnet: 0.7, onet: 0.7 }

/** Side of the smallest face that both find in the native pipeline with exact landmarks, in pixels: see `SMALLEST`, and 16 of 16 portraits. */
const FACE = 30

/** Sides of the inputs of the second and the third network, in pixels. */
export const RNET = 24
export const ONET = 48

/** The steps of one package through the three networks. */
export interface Cascade {
  readonly propose: (nets: Nets, canvas: Canvas) => Promise<Candidate[]>
  readonly refine: (nets: Nets, canvas: Canvas, candidates: readonly Candidate[]) => Promise<Candidate[]>
  readonly finish: (nets: Nets, canvas: Canvas, candidates: readonly Candidate[]) => Promise<Found[]>
  readonly toFace: Finder<Found>['toFace']
}

/** MTCNN for both pipelines. The native one shrinks pictures to a longest side of 1024 pixels, and finds faces from 2 % of it on. */
export const cascaded = (nets: Nets, { propose, refine, finish, toFace }: Cascade): BothPipelines => forBothPipelines({
  find: async (canvas) => await finish(nets, canvas, await refine(nets, canvas, await propose(nets, canvas))),
  toFace,
  sizes: { longest: 1024, face: FACE, pyramid: true }
})
