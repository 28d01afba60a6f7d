import type { Page, Paged } from '../contract.ts'
import { paged, positionOf } from '../paging.ts'
import { MOST_ROWS, type Row, type Table } from './table.ts'

/** Most rows that are read for a page: Milvus returns rows in no order, so that all rows of a range of keys are read and sorted. */
const RANGE = MOST_ROWS / 4

export interface PageQuery<Fields extends keyof Row> {
  readonly filter: string
  readonly fields: readonly Fields[]
  /** Smallest key that a row can have. */
  readonly least: number
  /** Largest key that a row can have. */
  readonly most: number
}

/** Returns a page of the rows that meet `filter`, in order of creation. */
export async function pageOf<Fields extends keyof Row, Item> (
  table: Table,
  { filter, fields, least, most }: PageQuery<Fields>,
  page: Page,
  toItems: (rows: ReadonlyArray<Pick<Row, Fields | 'key'>>) => Promise<readonly Item[]>
): Promise<Paged<Item>> {
  const wanted = page.limit + 1
  const rows: Array<Pick<Row, Fields | 'key'>> = []
  for (let from = Math.max(positionOf(page), least - 1); from < most && rows.length < wanted;) {
    let to = most
    const within = (): string => `${filter} and key > ${from} and key <= ${to}`
    for (let count = await table.count(within(), 'Strong'); count > RANGE; count = await table.count(within(), 'Strong')) to = from + Math.ceil((to - from) / 2)
    rows.push(...(await table.query(within(), [...new Set<Fields | 'key'>([...fields, 'key'])], 'Strong')).sort((a, b) => a.key - b.key))
    from = to
  }
  const { items, next } = paged(rows.slice(0, wanted), page.limit, ({ key }) => key, (row) => row)
  return { items: await toItems(items), next }
}
