import { parseArgs } from 'node:util'
import { FaceError } from '../errors.ts'
import { type ModelStore, START_PATIENCE } from '../model-store/open-model-store.ts'
import type { Card } from '../models/card.ts'
import { partsOf } from '../models/model-files.ts'
import type { ModelState, ModelStatus } from '../models/model-status.ts'

export const HELP = `Usage: npm run models -- <command>

  list                          prints the models, whether they are present, and their licences
  fetch <name…>                 fetches, verifies and converts models; "all" means every model that MODEL_LICENSES allows
  verify                        checks every graph on disk against the hash that was stored with it
  convert <file…> --as <name>   makes a model from published files that you have, and keeps copies of them
  remove <name…>                removes models from disk

convert accepts only the files that the model was published with: their sha256 must be those in its card. Other weights under the same
name would make vectors that cannot be told from the stored ones, and thresholds that do not hold; your own weights need a card of their
own (CONTRIBUTING.md, "Adding a model"). For a file whose card has no sha256, the hash of the first copy used is pinned until the model is
removed.
Files in DeepFace's folder (DEEPFACE_HOME) and in MODELS_PATH are found without convert: fetch the model.

It reads MODELS_PATH, MODELS_MIRROR, MODELS_OFFLINE, MODEL_LICENSES and DEEPFACE_HOME as the service does.
Exit code: 0 done, 1 something failed, 2 wrong usage.
`

export interface CliOptions {
  readonly store: ModelStore
  readonly cards: readonly Card[]
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** Runs one command line (without node and script) and returns the exit code. */
export async function runModels (args: readonly string[], { store, cards, out, err }: CliOptions): Promise<number> {
  const parsed = parse(args)
  if (parsed === 'help') {
    out(HELP)
    return 0
  }
  if (typeof parsed === 'string') return usage(parsed)
  const { command, names, as } = parsed
  if (as !== undefined && command !== 'convert') return usage('--as belongs to convert.')

  switch (command) {
    case 'list':
      for (const status of await store.status()) out(`${row(status)}\n`)
      return 0
    case 'verify':
      return await verify()
    case 'fetch':
      return names.includes('all') ? await all(await cardsThat((state) => state !== 'unavailable'), fetch) : await each(names, fetch)
    case 'convert':
      if (as === undefined || names.length === 0) return usage('convert needs files, and the name of the model after --as.')
      return await each([as], async (card) => out(`${card.name} ${await store.adopt(card, names)}\n`))
    case 'remove':
      return await each(names, async (card) => {
        await store.remove(card)
        out(`${card.name} removed\n`)
      })
    default:
      return usage(`There is no command ${command}.`)
  }

  function usage (problem: string): number {
    err(`${problem}\n\n${HELP}`)
    return 2
  }

  async function fetch (card: Card): Promise<void> {
    await Promise.all(partsOf(card).map(async (part) => out(`${part.name} ${await store.ensure(part, { patience: START_PATIENCE })}\n`)))
  }

  /** Returns each card once, although a detector may have another name than its card. */
  async function cardsThat (holds: (state: ModelState) => boolean): Promise<Card[]> {
    const states = await Promise.all(cards.map(async (card) => (await store.statusOf(card)).state))
    return cards.filter((_, i) => holds(states[i]!))
  }

  async function each (wanted: readonly string[], work: (card: Card) => Promise<void>): Promise<number> {
    const unknown = wanted.filter((name) => !cards.some((card) => card.name === name))
    if (wanted.length === 0) return usage(`${command} needs at least one name.`)
    if (unknown.length > 0) return usage(`There are no weights for ${unknown.join(', ')}; there are for ${cards.map(({ name }) => name).join(', ')}.`)
    return await all(cards.filter(({ name }) => wanted.includes(name)), work)
  }

  /** Runs `work` for all cards at once. A failure is reported and does not stop the others. */
  async function all (cards: readonly Card[], work: (card: Card) => Promise<void>): Promise<number> {
    const results = await Promise.allSettled(cards.map(work))
    const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason)
    for (const failure of failures) err(`${failure instanceof FaceError ? failure.message : failure instanceof Error ? failure.stack : failure}\n`)
    return failures.length === 0 ? 0 : 1
  }

  async function verify (): Promise<number> {
    const ready = await cardsThat((state) => state === 'ready')
    let damaged = 0
    for (const card of ready) {
      const whole = await store.verify(card)
      out(`${card.name} ${whole ? 'is whole' : 'is damaged; the service makes it again when it needs it'}\n`)
      if (!whole) damaged++
    }
    if (ready.length === 0) out('There is no model here.\n')
    return damaged === 0 ? 0 : 1
  }
}

interface CommandLine {
  readonly command: string
  readonly names: readonly string[]
  readonly as: string | undefined
}

function parse (args: readonly string[]): CommandLine | string {
  try {
    const { positionals: [command, ...names], values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, as: { type: 'string' } }
    })
    if (values.help || command === 'help') return 'help'
    return command === undefined ? 'A command is needed.' : { command, names, as: values.as }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `SFace            recognition  ready         Apache-2.0 (commercial use permitted)` */
function row ({ name, task, state, card, reason }: ModelStatus): string {
  const licence = card && `${card.licence.name} (${card.licence.commercial ? 'commercial use permitted' : 'no commercial use'})`
  return [name.padEnd(16), task.padEnd(12), state.padEnd(13), licence ?? reason ?? ''].join(' ').trimEnd()
}
