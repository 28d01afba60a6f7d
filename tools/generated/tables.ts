import { Environment } from '../../src/config/config.ts'
import { ERRORS } from '../../src/errors.ts'
import type { Card } from '../../src/models/card.ts'
import { cards as catalogue, isRecogniser } from '../../src/models/catalogue.ts'
import { partsOf } from '../../src/models/model-files.ts'

/** The tables that the README holds, each between `<!-- name -->` and `<!-- /name -->`; `npm run generate` writes them anew. */
const TABLES: Readonly<Record<string, () => string>> = { config: configTable, errors: errorTable, models: modelTable }

/** `readme` with every table as the code has it. @throws {Error} when a pair of markers is missing. */
export function withTables (readme: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
    const from = text.indexOf(start)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`The README has no place for a table between ${start.trim()} and ${end}.`)
    return `${text.slice(0, from + start.length)}${table()}${text.slice(to)}`
  }, readme)
}

/** Every variable of the environment with its default and its meaning. */
export function configTable (): string {
  return table(['Variable', 'Default', 'Meaning'], Object.entries(Environment.properties).map(([name, schema]) => {
    const standard: unknown = schema.default
    const names: readonly string[] | undefined = 'enum' in schema ? schema['enum'] as readonly string[] : undefined
    return [code(name), standard === undefined ? '' : code(String(standard)), plain(schema.description ?? '') + (names ? ` One of ${names.map(code).join(', ')}.` : '')]
  }))
}

/** Every error a client can meet. */
export function errorTable (): string {
  return table(['`error_code`', 'HTTP', 'When'], Object.entries(ERRORS).map(([name, { status, when }]) => [code(name), String(status), plain(when)]))
}

/** Every network this version has weights for: its task, size, licence and what that licence allows. Those that differ by name alone share a row. */
export function modelTable (cards: readonly Card[] = catalogue): string {
  const rows = new Map<string, [string[], string[]]>()
  for (const card of cards) {
    const cells = cellsOf(card)
    const [names] = rows.get(cells.join()) ?? [[]]
    rows.set(cells.join(), [[...names, code(card.name)], cells])
  }
  return table(['Model', 'Task', 'MB', 'Licence of the weights', 'Commercial use', 'To know', 'From'], [...rows.values()].map(([names, cells]) => [names.join(', '), ...cells]))
}

/** What the table tells of a model besides its name. */
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

/** Size of what is downloaded, where it is known. */
function megabytes (card: Card): string {
  const files = partsOf(card).flatMap(({ files }) => files)
  return files.every(({ bytes }) => bytes !== undefined) ? (files.reduce((sum, { bytes = 0 }) => sum + bytes, 0) / 1e6).toFixed(1) : ''
}

function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

const code = (text: string): string => `\`${text}\``

/** Text that Markdown would take for a tag, or for the end of a cell. */
const plain = (text: string): string => text.replace(/[|<]/g, '\\$&').replaceAll('\n', ' ')
