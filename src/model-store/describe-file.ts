import type { Source } from '../models/card.ts'

/** A source in words: the package, or the address. */
export const describeSource = (source: Source): string => 'npm' in source ? `npm package ${source.npm}` : source.url
