import type { Source } from '../models/card.ts'

/** Names a source in messages: the package, or the address. */
export const describeSource = (source: Source): string => 'npm' in source ? `npm package ${source.npm}` : source.url
