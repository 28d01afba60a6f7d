import type { Command } from '../src/commands/command-line.ts'
import { readImports, readSources } from './rooms/read-imports.ts'
import { readRooms } from './rooms/rooms-table.ts'
import { structureOf } from './rooms/structure.ts'

export const HELP = `Usage: npm run tool -- rooms [--arrows]

Prints the structure of the code: files, rooms (rooms.json), imports between rooms, import cycles, and the lengths of files and lines. Run it in
the root of the repository. Exit code 1 when an import runs upward, is not allowed by rooms.json or is part of a cycle, or when a line is too long.

  --arrows              prints the number of imports between each pair of rooms
`

/** Folders of the service and its tools; tests belong to no room. */
export const FOLDERS = ['src', 'plugins', 'routes', 'tools', 'bench']

/** The tool `rooms`. */
export const command: Command = async ({ args, out }) => {
  const rooms = readRooms('rooms.json')
  const sources = readSources('.', FOLDERS)
  const { files, rooms: count, arrows, upward, forbidden, fileCycles, roomCycles, homeless, lengths, long } = structureOf(sources, readImports(sources), rooms)
  out(`${files} files in ${count} rooms, ${arrows.length} arrows between rooms\n`)
  out(`${fileCycles.length} cycles between files, ${roomCycles.length} between rooms, types included\n`)
  out(`${upward.length} imports upward, ${forbidden.length} that rooms.json forbids, ${homeless.length} files in no room\n`)
  out(`lines a file: median ${lengths.median}, p90 ${lengths.p90}, most ${lengths.most}\n`)
  out(`${long.length} lines of more than 160 characters, outside data and texts\n`)
  if (args.includes('--arrows')) for (const { from, to, imports } of arrows) out(`  ${from} → ${to} ${imports}\n`)
  const problems = [...fileCycles.map((cycle) => cycle.join(' ↔ ')), ...roomCycles.map((cycle) => cycle.join(' ↔ ')), ...upward, ...forbidden, ...homeless, ...long]
  for (const problem of problems) out(`  ${problem}\n`)
  return problems.length === 0 ? 0 : 1
}
