import type { Room } from './rooms-table.ts'
import type { Structure } from './structure.ts'

/**
 * Draws the rooms as a Markdown table and a Mermaid flowchart, for `docs/architecture.md`. Programs that may import everything and
 * single-file rooms that everything may import have no arrows in the chart: they would hide the others.
 */
export function drawRooms (rooms: readonly Room[], { arrows }: Pick<Structure, 'arrows'>): string {
  const drawn = rooms.filter(({ name, imports }) => imports !== 'all' && !COMMON.includes(name)).map(({ name }) => name)
  const lines = arrows
    .filter(({ from, to }) => drawn.includes(from) && drawn.includes(to))
    .map(({ from, to }) => ({ from, to, order: drawn.indexOf(from) * 100 + drawn.indexOf(to) }))
    .sort((p, q) => p.order - q.order)
    .map(({ from, to }) => `  ${from} --> ${to}\n`)
  const rows = rooms.map(({ name, is, imports }) => `| \`${name}\` | ${is} | ${imports === 'all' ? 'everything' : imports.map((room) => `\`${room}\``).join(', ')} |\n`)
  return `| Room | What is in it | May import |\n| --- | --- | --- |\n${rows.join('')}\n\`\`\`mermaid\nflowchart TD\n${lines.join('')}\`\`\`\n`
}

/** Single-file rooms at the bottom. */
const COMMON = ['errors', 'names', 'version']
