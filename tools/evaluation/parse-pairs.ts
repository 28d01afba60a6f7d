import { parseCsv } from './csv-list.ts'
import { parseLfw } from './lfw-list.ts'
import type { PairList } from './pair-list.ts'

/**
 * Parses a list of pairs: comma-separated values, or the format of Labeled Faces in the Wild.
 * @throws {UsageError} naming the line that fits neither.
 */
export function parsePairs (text: string): PairList {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  return lines.find((line) => line.trim() !== '')?.includes(',') ? parseCsv(lines) : parseLfw(lines)
}
