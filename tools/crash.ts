import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { killWriters } from './crash/kill-writers.ts'

export const HELP = `Usage: npm run tool -- crash [kills]

Kills a process in which eight writers write to a collection, again and again (200 times by default), and checks the store after each kill.
Exit code 1 when an acknowledged write is lost, when a write is stored in part, or when an index differs from its store.
`

/** The tool `crash`. */
export const command: Command = async ({ args, out, atEnd }) => {
  const kills = Number(args[0] ?? 200)
  if (!Number.isInteger(kills) || kills < 1) throw new UsageError(`The number of kills must be a whole number above 0.\n\n${HELP}`)
  const folder = await mkdtemp(join(tmpdir(), 'visage-crash-'))
  atEnd(() => rm(folder, { recursive: true }))
  const { acknowledged, lost, halves, unequal } = await killWriters({
    path: join(folder, 'faces.db'),
    writer: fileURLToPath(new URL(`./crash/crash-writer${extname(import.meta.url)}`, import.meta.url)),
    kills,
    random: randomInt,
    report: ({ kills, acknowledged, lost }) => { if (kills % 20 === 0) out(`${kills} kills, ${acknowledged} writes acknowledged, ${lost} lost\n`) }
  })
  out(`${kills} × kill -9 under 8 writers: ${acknowledged} writes acknowledged, ${lost} lost, ${halves} half, ${unequal} indexes unlike their store\n`)
  return lost + halves + unequal === 0 ? 0 : 1
}
