import { readdir } from 'node:fs/promises'
import { sep } from 'node:path'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { openPicture } from '../src/image/picture.ts'
import { distance } from '../src/match/distance.ts'
import { cardsFor } from '../src/models/detector-cards.ts'
import type { Recognisability } from '../src/pipelines/contract.ts'
import { levelOf, utilityOf } from '../src/pipelines/native/quality/recognisability.ts'
import { countOf, type JudgedPair, type Kept, keptWithout } from './evaluation/error-against-discard.ts'
import { type Figure, parseBound, printFigures } from './evaluation/figures.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { nearestFace } from './evaluation/nearest-face.ts'
import { FAR } from './evaluation/pair-accuracy.ts'
import { boundAtFar } from './evaluation/roc.ts'
import { photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'
import { type KnownFace, strangersDistances } from './evaluation/strangers.ts'
import { parseCommandLine, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'

export const HELP = `Usage: npm run tool -- quality <folder> [options]

Measures what the quality of a face is worth for recognition, in the native pipeline: how many pairs of photos of one person are refused, at the
threshold at which ${100 * FAR} % of the pairs of two people are accepted, when the pairs with the worst faces are left out. The folder holds a folder of
photos for each person, as Labeled Faces in the Wild and Celebrities in Frontal-Profile are packed. Each photo is processed once, and its face
nearest to the centre counts. The same is printed of either half of the people, by name, so that limits can be chosen on one of them.

  --wrong <photo>       leaves out a photo that shows somebody else, by its path in the folder. May be repeated.
  --picture             without the length of the embedding: the figure of answers that have none
  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --require <bound>     for example 'left5<=50'; exit code 1 when it does not hold. May be repeated.

Figures: fnmr0, fnmr1, fnmr2, fnmr5, fnmr10, fnmr20 (% of the pairs kept, when so many % are left out), left5 (fnmr5 in % of fnmr0), low, medium,
high (% of the pairs whose worse face is of that level), faceless (photos).
`

/** Percentages of the pairs that are left out. */
const DISCARDED = [0, 1, 2, 5, 10, 20]
const LEVELS = ['low', 'medium', 'high'] as const
const FIGURES = [...DISCARDED.map((percent) => `fnmr${percent}`), 'left5', ...LEVELS, 'faceless']

/** Refused pairs are listed where there are no more: they may be wrongly named photos. */
const MOST_LISTED = 20

const PHOTO = /\.(jpe?g|png|webp|bmp)$/i

/** The face of a photo, with what decides how well the person can be known by it. */
interface JudgedFace extends KnownFace {
  readonly photo: string
  readonly recognisability: Recognisability
}

/** Embeds and judges the face of every photo, and prints the errors against the discards. */
export const runQuality: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, {
    wrong: STRINGS, picture: { type: 'boolean' }, model: STRING, detector: STRING, require: STRINGS
  }, HELP)
  const options = { ...representOptions({ ...values, pipeline: 'native' }, config), include: ['quality'] } as const
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const photos = (await photosIn(path)).filter((photo) => !values.wrong?.includes(photo))

  const engine = await open(cardsFor(options))
  const seen = await runOnPhotos(path, photos, 2 * engine.workers, async (bytes) => {
    // Read before the engine is called: it may transfer the buffer to a worker.
    const { width, height } = await openPicture(bytes, config.MAX_IMAGE_PIXELS)
    return [nearestFace(await engine.represent(bytes, options), [width / 2, height / 2])]
  }, onPhoto)
  const faces = photos.flatMap((photo): JudgedFace[] => seen.faces.get(photo)!.map(({ embedding, quality }) =>
    ({ photo, person: personOn(photo), embedding, recognisability: seenBy(values.picture, quality!.recognisability) })))

  const strangers = strangersDistances(faces, 'cosine')
  if (strangers.length * FAR < 1) throw new UsageError(`The folder has ${strangers.length} pairs of two people; a false match rate of ${FAR} needs at least ${1 / FAR}.`)
  const bound = boundAtFar(strangers, FAR)
  const pairs = pairsOf(faces, bound)
  out(`${options.model} behind ${options.detector}: ${faces.length} faces, ${pairs.length} pairs of one person, ${strangers.length} of two, threshold ${bound.toFixed(4)}\n`)
  const people = [...new Set(faces.map(({ person }) => person))].sort()
  const middle = people[Math.ceil(people.length / 2)]!
  for (const [name, of] of [['first', pairs.filter(({ person }) => person < middle)], ['second', pairs.filter(({ person }) => person >= middle)]] as const) {
    const [all, without] = [countOf(of), keptWithout(of, 0.05)]
    out(`${name} half of the people: ${all.refused} of ${all.of} refused, without the worst 5 % ${without.refused} of ${without.of}\n`)
  }
  const refused = pairs.filter(({ isRefused }) => isRefused)
  if (refused.length <= MOST_LISTED) for (const { photos: [a, b], utility } of refused) out(`refused, utility ${utility.toFixed(2)}: ${a} ${b}\n`)
  const kept = DISCARDED.map((percent) => keptWithout(pairs, percent / 100))
  return printFigures([
    ...kept.map((counts, i) => figure(`fnmr${DISCARDED[i]}`, counts, `% refused when the worst ${DISCARDED[i]} % of the pairs are left out`)),
    { name: 'left5', value: 100 * share(kept[3]!) / share(kept[0]!), text: '% of the error rate is left when the worst 5 % are left out' },
    ...LEVELS.map((level) => figure(level, countOf(pairs.filter((pair) => pair.level === level)), `% refused of the pairs whose worse face is ${level}`)),
    { name: 'faceless', value: photosWithoutFaces(seen).length, text: 'photos without a face; they are not counted above' }
  ], bounds, out)
}

/** A pair with the level of its worse face. */
interface LevelledPair extends JudgedPair {
  readonly person: string
  readonly photos: readonly [string, string]
  readonly level: typeof LEVELS[number]
}

/** All pairs of faces of one person. */
function pairsOf (faces: readonly JudgedFace[], bound: number): LevelledPair[] {
  const albums = new Map<string, JudgedFace[]>()
  for (const face of faces) albums.set(face.person, [...albums.get(face.person) ?? [], face])
  return [...albums].flatMap(([person, own]) => own.flatMap((a, i) => own.slice(0, i).map((b): LevelledPair => {
    const worse = utilityOf(a.recognisability) < utilityOf(b.recognisability) ? a.recognisability : b.recognisability
    return {
      person,
      photos: [b.photo, a.photo],
      utility: utilityOf(worse),
      level: levelOf(worse),
      isRefused: distance('cosine', a.embedding, b.embedding) >= bound
    }
  })))
}

const seenBy = (isPicture: boolean | undefined, { length, ...picture }: Recognisability): Recognisability =>
  isPicture || length === undefined ? picture : { ...picture, length }

const share = ({ refused, of }: Kept): number => refused / of

const figure = (name: string, counts: Kept, text: string): Figure => ({ name, value: 100 * share(counts), text: `${text}: ${counts.refused} of ${counts.of}` })

const personOn = (photo: string): string => photo.split(sep)[0]!

/** Returns the photos in the folders of people, by their paths. @throws {UsageError} when there are none. */
async function photosIn (folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: Error) => { throw new UsageError(`The folder cannot be read: ${cause.message}`, { cause }) })
  const photos = names.filter((name) => name.includes(sep) && PHOTO.test(name)).sort()
  if (photos.length === 0) throw new UsageError(`${folder} has no folder with photos.`)
  return photos
}

/** The tool `quality`, run on the engine of the service. */
export const command: Command = evaluationCommand(runQuality)
