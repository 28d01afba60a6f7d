import { validationError } from '../errors.ts'
import type { Page, Paged } from './contract.ts'

/**
 * Returns the position that a cursor stands for; 0 for the first page.
 * @throws {FaceError} validation_error when it is not a cursor of a page.
 */
export function positionOf ({ cursor }: Page): number {
  if (cursor === undefined) return 0
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const position = Number(text)
  if (!/^[1-9][0-9]{0,15}$/.test(text) || cursorAt(position) !== cursor) throw validationError([{ field: 'cursor', msg: 'must be the `next` of the page before' }])
  return position
}

const cursorAt = (position: number): string => Buffer.from(String(position), 'latin1').toString('base64url')

/**
 * Makes a page of the first `limit` rows. Pass one row more than `limit` where there are more: the page then has a `next`.
 * @param positionOf position of a row, from which the page after it goes on.
 */
export function paged<Row, Item> (rows: readonly Row[], limit: number, positionOf: (row: Row) => number, toItem: (row: Row) => Item): Paged<Item> {
  const here = rows.slice(0, limit)
  const last = here.at(-1)
  return { items: here.map(toItem), next: rows.length > limit && last !== undefined ? cursorAt(positionOf(last)) : undefined }
}
