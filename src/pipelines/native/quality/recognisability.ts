import type { Mesh, Limits, Pose, Quality, Recognisability } from '../../contract.ts'

/**
 * Limits that rank the faces of `npm run tool -- quality`, found with SFace behind yunet-mesh on the first half of the people of LFW's
 * development set and of CFP, and checked on the other half; `docs/measurements.md` has the curves. Of sharpness (see `facePixels`)
 * the logarithm counts: of 160 photos of LFW that were blurred until its median was 2.1, 42 % are no longer known, at 2.6 13 %, at 4.0 1 %; and
 * of those that were shrunk until 8 pixels were between the eyes 4 %, at 11 pixels 1 %.
 */
const LIMITS = {
  /** Degrees. */
  yaw: { bad: 50, good: 30 },
  presence: { bad: 0.5, good: 0.9 },
  sharpness: { bad: Math.log(2), good: Math.log(4) },
  /** Pixels. */
  interEyeDistance: { bad: 6, good: 12 }
} as const satisfies Record<string, Limits>

/** 0 at the bad limit, 1 at the good one, linear beyond both. */
const place = (value: number, { bad, good }: Limits): number => (value - bad) / (good - bad)

/** Returns how well a person can be known by a face, as far as its picture tells. `sharpness` is that of `facePixels`, the distance is in pixels. */
export const recognisabilityOf = (seen: Pick<Mesh, 'presence'> & Pick<Pose, 'yaw'> & { sharpness: number, interEyeDistance: number }): Recognisability => ({
  yaw: place(Math.abs(seen.yaw), LIMITS.yaw),
  presence: place(seen.presence, LIMITS.presence),
  sharpness: place(Math.log(Math.max(1, seen.sharpness)), LIMITS.sharpness),
  interEyeDistance: place(seen.interEyeDistance, LIMITS.interEyeDistance)
})

/** Returns the quality of a face that has been embedded; the same where the length of the recogniser's embeddings tells nothing. */
export const withEmbedding = (quality: Quality, embedding: Float32Array, limits: Limits | undefined): Quality =>
  limits ? { ...quality, recognisability: { ...quality.recognisability, length: place(Math.hypot(...embedding), limits) } } : quality

/**
 * Returns one figure for all: the worst fact decides. The length of an embedding counts instead of sharpness and size, which it has in it, and
 * more than them: it also tells of covered faces, strange light and what else the network does not know.
 */
export const utilityOf = ({ yaw, presence, sharpness, interEyeDistance, length }: Recognisability): number =>
  length === undefined ? Math.min(yaw, presence, sharpness, interEyeDistance) : Math.min(yaw, presence, length)

/** How well a person can be known by a face. */
export type RecognitionLevel = 'low' | 'medium' | 'high'

/** Returns the level of a face. */
export function levelOf (recognisability: Recognisability): RecognitionLevel {
  const utility = utilityOf(recognisability)
  return utility < 0 ? 'low' : utility < 1 ? 'medium' : 'high'
}
