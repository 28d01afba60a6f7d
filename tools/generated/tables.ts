import type { TSchema } from '@sinclair/typebox'
import { Environment } from '../../src/config/config.ts'
import { ERRORS } from '../../src/errors.ts'
import type { Card } from '../../src/models/card.ts'
import { cards as catalogue, isRecogniser } from '../../src/models/catalogue.ts'
import { partsOf } from '../../src/models/model-files.ts'

/**
 * Returns the text of a document with each of `tables` between its markers, `<!-- name -->` and `<!-- /name -->`.
 * @throws {Error} when the document lacks a pair of markers.
 */
export function withTables (text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((document, [name, table]) => {
    const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
    const from = document.indexOf(start)
    const to = document.indexOf(end)
    if (from < 0 || to < from) throw new Error(`The document has no place for a table between ${start.trim()} and ${end}.`)
    return `${document.slice(0, from + start.length)}${table}${document.slice(to)}`
  }, text)
}

/** Every environment variable with its default and its meaning. */
export function configTable (): string {
  return table(['Variable', 'Default', 'Meaning'], Object.entries(Environment.properties).map(([name, schema]: [string, TSchema]) => {
    const { description = '', default: standard, enum: names } = schema as TSchema & { readonly enum?: readonly string[] }
    return [code(name), standard === undefined ? '' : code(String(standard)), plain(description) + (names ? ` One of ${names.map(code).join(', ')}.` : '')]
  }))
}

/** Every error that a client can meet. */
export function errorTable (): string {
  return table(['`error_code`', 'HTTP', 'When'], Object.entries(ERRORS).map(([name, { status, when }]) => [code(name), String(status), plain(when)]))
}

/** Every model of the catalogue: its task, size, licence and what that licence permits. Cards that differ only by name share a row. */
export function modelTable (cards: readonly Card[] = catalogue): string {
  const rows = new Map<string, { readonly names: string[], readonly cells: readonly string[] }>()
  for (const card of cards) {
    const cells = cellsOf(card)
    const row = rows.get(cells.join()) ?? { names: [], cells }
    row.names.push(code(card.name))
    rows.set(cells.join(), row)
  }
  return table(
    ['Model', 'Task', 'MB', 'Licence of the weights', 'Commercial use', 'To know', 'From'],
    [...rows.values()].map(({ names, cells }) => [names.join(', '), ...cells])
  )
}

/** The cells of a model's row after its name. */
function cellsOf (card: Card): string[] {
  return [
    isRecogniser(card) ? `${card.task}, ${card.length} values` : card.task,
    megabytes(card),
    plain(card.licence.name),
    card.licence.commercial ? 'yes' : 'no',
    plain(card.licence.note),
    plain(card.paper)
  ]
}

/** Megabytes that are downloaded; empty where the card does not know the size of each file. */
function megabytes (card: Card): string {
  const files = partsOf(card).flatMap(({ files }) => files)
  return files.every(({ bytes }) => bytes !== undefined) ? (files.reduce((sum, { bytes = 0 }) => sum + bytes, 0) / 1e6).toFixed(1) : ''
}

function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

const code = (text: string): string => `\`${text}\``

/** Escapes what Markdown would take for a tag or for the end of a cell. */
const plain = (text: string): string => text.replace(/[|<]/g, '\\$&').replaceAll('\n', ' ')
