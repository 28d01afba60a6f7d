import type { RepresentOptions } from '../../pipelines/contract.ts'
import type { CollectionSettings } from '../contract.ts'

type OwnOptions = Partial<Pick<RepresentOptions, 'enforceDetection' | 'maxFaces' | 'antiSpoofing' | 'sharpness' | 'ages' | 'include'>>

/** Engine options that give vectors comparable with those of the collection. */
export const optionsFor = ({ model, pipeline, detector, normalization, align }: CollectionSettings, options: OwnOptions = {}): RepresentOptions => ({
  model,
  pipeline,
  detector,
  normalization,
  align,
  expandPercentage: 0,
  enforceDetection: true,
  maxFaces: undefined,
  antiSpoofing: false,
  purpose: 'compare',
  ...options
})
