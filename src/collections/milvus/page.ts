import type { Page, Paged } from '../contract.ts'
import { paged, positionOf } from '../paging.ts'
import { MOST_ROWS, type Row, type Table } from './table.ts'

/** Rows that are read for a page at most: Milvus gives them in no order, so that all of a stretch of keys are read and sorted. */
const STRETCH = MOST_ROWS / 4

/** The rows that meet `filter`, in the order they were made. `least` and `most` are keys before and after all of them. */
export async function pageOf<Fields extends keyof Row, Item> (
  table: Table, filter: string, fields: readonly Fields[], page: Page, { least, most }: { readonly least: number, readonly most: number }, toItems: (rows: ReadonlyArray<Pick<Row, Fields | 'key'>>) => Promise<readonly Item[]>
): Promise<Paged<Item>> {
  const wanted = page.limit + 1
  const rows: Array<Pick<Row, Fields | 'key'>> = []
  for (let from = Math.max(positionOf(page), least - 1); from < most && rows.length < wanted;) {
    let to = most
    const within = (): string => `${filter} and key > ${from} and key <= ${to}`
    for (let count = await table.count(within(), 'Strong'); count > STRETCH; count = await table.count(within(), 'Strong')) to = from + Math.ceil((to - from) / 2)
    rows.push(...(await table.query(within(), [...new Set<Fields | 'key'>([...fields, 'key'])], 'Strong')).sort((a, b) => a.key - b.key))
    from = to
  }
  const { items, next } = paged(rows.slice(0, wanted), page.limit, ({ key }) => key, (row) => row)
  return { items: await toItems(items), next }
}
