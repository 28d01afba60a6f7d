import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { isNear } from './siege/is-near.ts'
import { attacks } from './siege/catalogue.ts'
import { type AttackResult, runSiege } from './siege/run-siege.ts'
import { SAMPLE } from './siege/sample.ts'

export const HELP = `Usage: npm run tool -- siege [options]

Attacks a running service with costly pictures, slow clients and broken requests, again and again, and prints which bounds it breaks: its
answers, the longest time of /health, its memory, and the return of its workers. Exit code 1 when one is broken.

  --url <url>          the service; default: http://127.0.0.1:5000
  --minutes <number>   default: 10
  --only <names>       comma-separated attacks; default: all
  --list               prints the attacks and ends
  --pid <id>           process of the service, for its memory and that of its children; without it /metrics is asked
  --memory <MB>        the memory that the service may take; default: any
  --hold-up <ms>       the time that /health may take; default: 500
  --key <key>          API key of the scopes faces and metrics
  --foreign            attack a service outside of this machine and its inner networks; only your own
`

const STRING = { type: 'string' } as const

/** The tool `siege`. */
export const command: Command = async ({ args, out }) => {
  const values = parse(args)
  if (values.list) {
    for (const { name, sends } of attacks) out(`${name.padEnd(26)} sends ${sends}\n`)
    return 0
  }
  const origin = new URL(values.url)
  if (!values.foreign && !await isNear(origin.hostname)) throw new UsageError(`${origin.hostname} is not in an inner network; --foreign attacks it nevertheless.`)
  const names = values.only?.split(',') ?? attacks.map(({ name }) => name)
  const unknown = names.filter((name) => !attacks.some((attack) => attack.name === name))
  if (unknown.length > 0) throw new UsageError(`--only ${unknown.join(',')}: there is no such attack. --list prints them.`)
  const chosen = attacks.filter(({ name }) => names.includes(name))
  const results = await runSiege({
    target: { origin, headers: values.key === undefined ? {} : { 'X-API-Key': values.key }, photo: await sharp(await readFile(SAMPLE)).resize(640).jpeg().toBuffer() },
    attacks: chosen,
    seconds: numberOf('minutes', values.minutes) * 60,
    pid: values.pid === undefined ? undefined : numberOf('pid', values.pid),
    holdUp: numberOf('hold-up', values['hold-up']),
    memory: values.memory === undefined ? Infinity : numberOf('memory', values.memory) * 1e6,
    report: (result) => out(lineOf(result))
  })
  const broken = results.filter((result) => result.broken.length > 0)
  const missing = chosen.filter(({ name }) => !results.some((result) => result.name === name)).map(({ name }) => name)
  out(`${results.length} attacks, ${broken.length} broke something: ${[...new Set(broken.map(({ name }) => name))].join(', ') || 'none'}\n`)
  if (missing.length > 0) out(`Not run in the time: ${missing.join(', ')}\n`)
  return broken.length === 0 ? 0 : 1
}

function parse (args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { ...STRING, default: 'http://127.0.0.1:5000' },
        minutes: { ...STRING, default: '10' },
        'hold-up': { ...STRING, default: '500' },
        only: STRING,
        pid: STRING,
        memory: STRING,
        key: STRING,
        list: { type: 'boolean' },
        foreign: { type: 'boolean' }
      }
    })
    if (!URL.canParse(values.url)) throw new Error(`--url ${values.url}: it must be a URL.`)
    return values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${HELP}`)
  }
}

function numberOf (option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new UsageError(`--${option} ${text}: it must be a number above 0.`)
  return number
}

function lineOf ({ name, statuses, seconds, recovery, longest, memory, broken }: AttackResult): string {
  const figures = `${seconds.toFixed(1)} s, /health ${longest.toFixed(0)} ms, photos after ${recovery.toFixed(1)} s${memory === 0 ? '' : `, ${(memory / 1e6).toFixed(0)} MB`}`
  return `${broken.length === 0 ? 'held  ' : 'BROKEN'} ${name.padEnd(26)} ${figures}; ${statuses}\n${broken.map((sentence) => `         ${sentence}\n`).join('')}`
}
