/** `npm run crash -- 200`: kills a writing process so many times, and ends with 1 when anything acknowledged was lost. */
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { crash } from '../evaluation/crash.ts'

const { argv, stdout } = process
const kills = Number(argv[2] ?? 200)
if (!Number.isInteger(kills) || kills < 1) throw new Error('Say how often to kill: npm run crash -- 200')
const folder = await mkdtemp(join(tmpdir(), 'visage-crash-'))
const { acknowledged, lost, halves, unequal } = await crash({
  path: join(folder, 'faces.db'),
  writer: fileURLToPath(new URL('../evaluation/crash-writer.js', import.meta.url)),
  kills,
  random: randomInt,
  report: ({ kills, acknowledged, lost }) => { if (kills % 20 === 0) stdout.write(`${kills} kills, ${acknowledged} writes acknowledged, ${lost} lost\n`) }
})
await rm(folder, { recursive: true })
stdout.write(`${kills} × kill -9 under 8 writers: ${acknowledged} writes acknowledged, ${lost} lost, ${halves} half, ${unequal} indexes unlike their store\n`)
process.exitCode = lost + halves + unequal === 0 ? 0 : 1
