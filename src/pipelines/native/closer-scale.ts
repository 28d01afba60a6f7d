import type { Size } from '../../image/pixels.ts'

/**
 * Side, in pixels, of the smallest face that every detector finds in a picture of any size and proportions: a person in a group photo of
 * 12 megapixels, or in a photo on a long screenshot.
 */
const SMALLEST = 140

/** Pixels of the largest picture for which that holds, the default of MAX_IMAGE_PIXELS. Larger ones cost no more: they are shrunk further. */
const MOST_PIXELS = 50_000_000

/** Returns the scale at which a face of 140 pixels has `side` pixels; less in a picture of more than 50 megapixels. Never above 1. */
export const closerScale = ({ width, height }: Size, side: number): number =>
  Math.min(1, side / SMALLEST * Math.min(1, Math.sqrt(MOST_PIXELS / (width * height))))
