import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, stderr } from 'node:process'
import Fastify, { type FastifyServerOptions } from 'fastify'
import app, { serverOptions } from '../src/app.ts'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { type Config, readConfig } from '../src/config/config.ts'
import { cardsFor } from '../src/models/detector-cards.ts'
import { services } from '../src/services.ts'
import { readAlbums, readEverybody } from './evaluation/albums.ts'
import { parseBound, printFigures } from './evaluation/figures.ts'
import { parseCommandLine, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'
import { identify } from './evaluation/identification.ts'
import { openSet } from './evaluation/open-set.ts'
import type { OnPhoto } from './evaluation/run-on-photos.ts'

export const HELP = `Usage: npm run tool -- identify <folder> [options]

Measures how often people are recognised among all others, through the whole service and its HTTP interface. The folder holds a folder of
photos for each person, as Labeled Faces in the Wild does; people with one photo are skipped. The first photo of each person is enrolled in a
new collection; a search is made for the largest face of every other photo.

With --enrolled it measures instead how many strangers are named: of all people, also those with one photo, so many are enrolled as the option
says, and searches are made for a photo of each of the others, strangers, and for another one of those who are enrolled.

  --enrolled <counts>   numbers of people to enrol, such as 50,400,1200
  --draws <n>           how often other people are drawn to be enrolled; default: 5
  --people <n>          only the first n, by name
  --collections <url>   the store, as COLLECTIONS_URL; default: a file of SQLite that is deleted afterwards
  --any-quality         enrols every photo with a face, without the service's quality check
  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --pipeline <name>     default: DEFAULT_PIPELINE
  --require <bound>     for example 'rank1>=99'; exit code 1 when it does not hold. May be repeated.

Figures with --enrolled, for each count: named<count> (% of the strangers), found<count> (% of the own photos). Otherwise: enrolled
(% of the people), rank1, accepted, wrong (% of the searches), faceless (photos), enrol, search (ms per photo and worker).
`

const FIGURES = ['enrolled', 'rank1', 'accepted', 'wrong', 'faceless', 'enrol', 'search']

export interface IdentifyPlace {
  readonly config: Config
  /** Starts a service with these models on a local port, with a store of its own unless one is named. */
  readonly open: (models: readonly string[], collections?: string) => Promise<{ readonly url: string, readonly workers: number }>
  readonly out: (text: string) => void
  readonly onPhoto: OnPhoto
}

/** Enrols and searches for the people of a folder and prints how often they are recognised. Returns the exit code. @throws {UsageError} */
export async function runIdentify (args: readonly string[], { config, open, out, onPhoto }: IdentifyPlace): Promise<number> {
  const { path, values } = parseCommandLine(args, {
    enrolled: STRING, draws: STRING, people: STRING, collections: STRING, 'any-quality': { type: 'boolean' }, model: STRING, detector: STRING, pipeline: STRING, require: STRINGS
  }, HELP)
  const { model, detector, pipeline } = representOptions(values, config)
  if (values.enrolled !== undefined) return await runOpenSet(path, { ...values, enrolled: values.enrolled }, { config, open, out, onPhoto })
  const most = Number(values.people ?? Infinity)
  if (!(most >= 1)) throw new UsageError(`--people ${values.people} is no number from 1.`)
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const albums = await readAlbums(path, most)

  const { url, workers } = await open(cardsFor({ model, detector, pipeline }), values.collections)
  const options = { url, model, detector, pipeline, quality: !values['any-quality'], atOnce: 2 * workers, onPhoto }
  const { enrolled, refused, searched, ms } = await identify(albums, options)

  out(`${model} behind ${detector}, ${pipeline} pipeline: ${albums.length} people, ${enrolled} enrolled, ${refused.length} refused, ${searched.length} photos searched\n`)
  for (const { photo, reason } of refused) out(`refused ${photo}: ${reason}\n`)
  for (const { photo, best, person } of searched) {
    if (!best) out(`no face is found on ${photo}\n`)
    else if (best.person !== person) out(`${photo} is taken for ${best.person}${best.accepted ? ', and accepted' : ''}\n`)
  }
  const share = (is: (found: typeof searched[0]) => boolean | undefined): number => 100 * searched.filter(is).length / searched.length
  return printFigures([
    { name: 'enrolled', value: 100 * enrolled / albums.length, text: '% of the people enrolled with their first photo' },
    { name: 'rank1', value: share(({ best, person }) => best?.person === person), text: `% of the searches find the person first, among ${enrolled}` },
    { name: 'accepted', value: share(({ best, person }) => best?.accepted && best.person === person), text: '% do, within the threshold' },
    { name: 'wrong', value: share(({ best, person }) => best?.accepted && best.person !== person), text: '% find somebody else within the threshold' },
    { name: 'faceless', value: searched.filter(({ best }) => !best).length, text: 'photos without a face; they count as not found' },
    { name: 'enrol', value: ms.enrolling * workers / albums.length, text: `ms to enrol a photo, a worker, of ${workers}` },
    { name: 'search', value: ms.searching * workers / searched.length, text: 'ms to search for a photo, a worker' }
  ], bounds, out)
}

/** Prints how many strangers are named, and how many of the enrolled people are found, for each number of them. Returns the exit code. */
async function runOpenSet (
  path: string,
  values: Partial<Record<'draws' | 'collections' | 'model' | 'detector' | 'pipeline', string>> & { readonly enrolled: string, readonly require?: string[] },
  { config, open, out, onPhoto }: IdentifyPlace
): Promise<number> {
  const { model, detector, pipeline } = representOptions(values, config)
  const counts = values.enrolled.split(',').map(Number)
  if (!counts.every((count) => Number.isInteger(count) && count >= 1)) throw new UsageError(`--enrolled ${values.enrolled} is no list of numbers from 1.`)
  const draws = Number(values.draws ?? 5)
  if (!(Number.isInteger(draws) && draws >= 1)) throw new UsageError(`--draws ${values.draws} is no number from 1.`)
  const bounds = (values.require ?? []).map((text) => parseBound(text, counts.flatMap((count) => [`named${count}`, `found${count}`])))
  const albums = await readEverybody(path)
  const { url, workers } = await open(cardsFor({ model, detector, pipeline }), values.collections)
  const results = await openSet(albums, counts, { url, model, detector, pipeline, draws, atOnce: 2 * workers, onPhoto })
  out(`${model} behind ${detector}, ${pipeline} pipeline: ${albums.length} people\n`)
  return printFigures(results.flatMap(({ enrolled, strangers, named, own, found }, i) => [
    { name: `named${counts[i]}`, value: 100 * named, text: `% of ${strangers} searches for strangers name somebody, among ${enrolled} people` },
    { name: `found${counts[i]}`, value: 100 * found, text: `% of ${own} searches for another photo of one of these find that person` }
  ]), bounds, out)
}

/** The tool `identify`, run on a service of its own whose collections are deleted afterwards. */
export const command: Command = ({ args, config, log, out, onPhoto, atEnd }) => runIdentify(args, {
  config,
  async open (models, collections) {
    const folder = await mkdtemp(join(tmpdir(), 'visage-identify-'))
    atEnd(() => rm(folder, { recursive: true }))
    const own = readConfig({
      ...env, PRELOAD_MODELS: models.join(','), COLLECTIONS_URL: collections ?? `sqlite:${join(folder, 'faces.db')}`, API_KEYS: '', RATE_LIMIT: '', LOG_LEVEL: 'silent'
    }, { dotenv: '.env' })
    const service = Fastify(serverOptions(own) as FastifyServerOptions)
    atEnd(() => service.close())
    await service.register(app, services(own, log, stderr))
    return { url: await service.listen({ host: '127.0.0.1', port: 0 }), workers: service.faceEngine.workers }
  },
  out,
  onPhoto
})
