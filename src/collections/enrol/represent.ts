import type { RepresentOptions } from '../../pipelines/contract.ts'
import type { CollectionSettings } from '../contract.ts'

/** How the engine is to look at a picture for a collection. */
export const optionsFor = ({ model, pipeline, detector, normalization, align }: CollectionSettings, options: Partial<Pick<RepresentOptions, 'enforceDetection' | 'maxFaces' | 'antiSpoofing' | 'sharpness'>> = {}): RepresentOptions => ({
  model, pipeline, detector, normalization, align, expandPercentage: 0, enforceDetection: true, maxFaces: undefined, antiSpoofing: false, purpose: 'compare', ...options
})
