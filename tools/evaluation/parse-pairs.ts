import { parseCsv } from './csv-list.ts'
import { parseLfw } from './lfw-list.ts'
import type { PairList } from './pair-list.ts'

/**
 * The pairs of a list: comma-separated values, or the format of Labeled Faces in the Wild, whichever it is.
 * @throws {UsageError} naming the line that is neither.
 */
export function parsePairs (text: string): PairList {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  return lines.find((line) => line.trim() !== '')?.includes(',') ? parseCsv(lines) : parseLfw(lines)
}
