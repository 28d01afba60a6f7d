import { fileURLToPath } from 'node:url'

/** Reference material in a folder beside the checkout; it may not be there. */
export const SHARED = new URL('../../shared/', import.meta.url)

export const sharedPath = (path: string): string => fileURLToPath(new URL(path, SHARED))
