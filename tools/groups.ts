import { readdir } from 'node:fs/promises'
import { UsageError } from '../src/commands/usage-error.ts'
import type { Command } from '../src/commands/command-line.ts'
import { METRICS, type Metric } from '../src/match/distance.ts'
import { attributeCards } from '../src/models/attribute-cards.ts'
import { calibrationFor } from '../src/models/calibration-of.ts'
import { cardsFor } from '../src/models/detector-cards.ts'
import type { RepresentOptions } from '../src/pipelines/contract.ts'
import { AGE_GROUPS, byAge, byLabel, falseMatches, shareText, type Subject } from './evaluation/age-groups.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import type { Evaluation, EvaluationContext } from './evaluation/evaluation.ts'
import { type Bound, parseBound, printFigures } from './evaluation/figures.ts'
import { judgedFace, judgeOf } from './evaluation/judged-faces.ts'
import { FAR } from './evaluation/pair-accuracy.ts'
import { readPhotoSet } from './evaluation/photo-sets.ts'
import { photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'
import { oneOf, parseCommandLine, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'
import { acceptedOf, boundOf, compareTurned, readTurnedAlbums } from './evaluation/turned-pairs.ts'
import { parseName } from './evaluation/utkface.ts'

export const HELP = `Usage: npm run tool -- groups <folder> [options]

Measures what a verdict of the native pipeline is worth for whom: with one threshold for all (fixed) and with one that goes by the ages and the
poses of the two faces (adaptive, as VERDICT_POLICY has it).

A folder that is named as Celebrities in Frontal-Profile is (<person>/frontal and <person>/profile): how often a frontal photo and one of a turned
head are taken for one person, by how far the head is turned. All frontal photos are compared with all others.
A folder of photos named as in UTKFace, each of another person: how often two people are taken for one, by their true ages, and adults by
gender and origin.

  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --metric <name>       metric of the distance; default: DEFAULT_METRIC
  --require <bound>     for example 'tar>=80'; exit code 1 when it does not hold. May be repeated.

Figures of turned heads: tar, fixed, adaptive, false, falseadaptive, yaw0, yaw25, yaw40, yaw50, yaw60 (percent of the pairs), faceless (photos).
Of ages: fixed0, fixed3, fixed7, fixed13, fixed18, fixed30, fixed45, fixed60, adaptive0 … adaptive60 (percent of the pairs), faceless (photos).
`

/** Least yaw of each group of pairs, in degrees. */
const YAWS = [0, 25, 40, 50, 60]

const TURNED_FIGURES = ['tar', 'fixed', 'adaptive', 'false', 'falseadaptive', ...YAWS.map((yaw) => `yaw${yaw}`), 'faceless']
const AGE_FIGURES = [...['fixed', 'adaptive'].flatMap((kind) => AGE_GROUPS.map(({ from }) => `${kind}${from}`)), 'faceless']

interface Settings {
  readonly path: string
  readonly options: RepresentOptions
  readonly metric: Metric
  readonly bounds: (names: readonly string[]) => Bound[]
}

/** Measures a folder of either kind. */
export const runGroups: Evaluation = async (args, context) => {
  const { config } = context
  const { path, values } = parseCommandLine(args, { model: STRING, detector: STRING, metric: STRING, require: STRINGS }, HELP)
  const settings: Settings = {
    path,
    options: { ...representOptions({ ...values, pipeline: 'native' }, config), maxFaces: 1 },
    metric: oneOf('metric', values.metric ?? config.DEFAULT_METRIC, METRICS),
    bounds: (names) => (values.require ?? []).map((text) => parseBound(text, names))
  }
  const names = await readdir(path).catch((cause: Error) => { throw new UsageError(`The folder cannot be read: ${cause.message}`, { cause }) })
  return names.some((name) => parseName(name)) ? await measureAges(settings, context) : await measureTurned(settings, context)
}

/** Models that judge faces: those that represent them, and that of ages. */
const cardsOf = (options: RepresentOptions): string[] => [...cardsFor(options), ...attributeCards('native', ['age'])]

/** Compares frontal photos with those of turned heads and prints how many pairs are accepted. */
async function measureTurned ({ path, options, metric, bounds: boundsOf }: Settings, { open, out, onPhoto }: EvaluationContext): Promise<number> {
  const { model, detector } = options
  const bounds = boundsOf(TURNED_FIGURES)
  const albums = await readTurnedAlbums(path)
  const photos = albums.flatMap(({ frontal, profile }) => [...frontal, ...profile])

  const engine = await open(cardsOf(options))
  const seen = await runOnPhotos('', photos, 2 * engine.workers, (bytes) => judgedFace(engine, bytes, options), onPhoto)
  const judge = judgeOf(options, metric)
  const pairs = compareTurned(albums, seen.faces, judge)
  const bound = boundOf(pairs, FAR)
  const { thresholds: { [metric]: threshold } } = calibrationFor(options)
  const missed = photosWithoutFaces(seen)
  out(`${model} behind ${detector}, ${metric}: ${albums.length} people, ${pairs.length} pairs of a frontal photo and a turned head\n`)
  for (const photo of missed) out(`no face is found on ${photo}\n`)
  return printFigures([
    { name: 'tar', value: 100 * acceptedOf(pairs, true, ({ distance }) => distance < bound), text: `% of the pairs of one person accepted where ${FAR * 100} % of those of two are, at ${bound.toFixed(4)}` },
    { name: 'fixed', value: 100 * acceptedOf(pairs, true, ({ fixed }) => fixed), text: `% of them at one threshold, ${threshold}` },
    { name: 'adaptive', value: 100 * acceptedOf(pairs, true, ({ adaptive }) => adaptive), text: '% of them at that of their poses and ages' },
    { name: 'false', value: 100 * acceptedOf(pairs, false, ({ fixed }) => fixed), text: '% of the pairs of two people at one threshold' },
    { name: 'falseadaptive', value: 100 * acceptedOf(pairs, false, ({ adaptive }) => adaptive), text: '% of these at that of their poses and ages' },
    ...YAWS.map((yaw, i) => {
      const turned = pairs.filter((pair) => pair.yaw !== undefined && pair.yaw >= yaw && pair.yaw < (YAWS[i + 1] ?? Infinity))
      const upTo = i + 1 < YAWS.length ? `to ${YAWS[i + 1]}°` : 'and more'
      const own = turned.filter(({ same }) => same)
      const share = (accepted: boolean[]): string => shareText(accepted.filter(Boolean).length, accepted.length)
      const both = `fixed ${share(own.map(({ fixed }) => fixed))}, adaptive ${share(own.map(({ adaptive }) => adaptive))}`
      return {
        name: `yaw${yaw}`,
        value: 100 * acceptedOf(turned, true, ({ distance }) => distance < bound),
        text: `% as tar, heads turned by ${yaw}° ${upTo}: ${own.length} pairs; ${both}`
      }
    }),
    { name: 'faceless', value: missed.length, text: 'photos without a face; their pairs count as not accepted' }
  ], bounds, out)
}

/** Compares all photos of people of similar ages and prints how many pairs of two people are taken for one. */
async function measureAges ({ path, options, metric, bounds: boundsOf }: Settings, { open, out, onPhoto }: EvaluationContext): Promise<number> {
  const { model, detector } = options
  const bounds = boundsOf(AGE_FIGURES)
  const set = await readPhotoSet(path)
  if (set.kind !== 'people') throw new UsageError(`${path} holds no photos that are named as in UTKFace.`)

  const engine = await open(cardsOf(options))
  const seen = await runOnPhotos(path, [...set.photos.keys()], 2 * engine.workers, (bytes) => judgedFace(engine, bytes, options), onPhoto)
  const judge = judgeOf(options, metric)
  const subjects = [...set.photos].flatMap(([photo, person]): Subject[] => seen.faces.get(photo)!.map((face) => ({ person, face })))
  const missed = photosWithoutFaces(seen)

  out(`${model} behind ${detector}, ${metric}: ${subjects.length} people; per cent of the pairs of two people that are taken for one, 95 % interval\n`)
  const ages = byAge(subjects)
  const [labels, width] = [AGE_GROUPS.map(({ from, to }) => to === Infinity ? `${from}+` : `${from}-${to}`), 22]
  const found = ages.map((some, i) => ages.slice(0, i + 1).map((others) => falseMatches(some, others, judge)))
  for (const kind of judge.adaptive ? ['fixed', 'adaptive'] as const : ['fixed'] as const) {
    out(`${kind.padEnd(9)}${labels.map((label) => label.padStart(width)).join('')}\n`)
    for (const [i, row] of found.entries()) out(`${labels[i]!.padEnd(9)}${row.map((each) => shareText(each[kind], each.pairs).padStart(width)).join('')}\n`)
  }
  for (const [label, group] of byLabel(subjects)) {
    const { pairs, fixed, adaptive } = falseMatches(group, group, judge)
    out(`adults, ${label.padEnd(12)} ${shareText(fixed, pairs).padStart(width)} fixed ${shareText(adaptive, pairs).padStart(width)} adaptive, ${pairs} pairs\n`)
  }
  return printFigures([
    ...found.flatMap((row, i) => {
      const { pairs, fixed, adaptive } = row[i]!
      return Object.entries({ fixed, adaptive }).map(([name, count]) =>
        ({ name: `${name}${AGE_GROUPS[i]!.from}`, value: 100 * count / pairs, text: `% of ${pairs} pairs of two people of ${labels[i]} years, ${name}` }))
    }),
    { name: 'faceless', value: missed.length, text: 'photos without a face, left out' }
  ], bounds, out)
}

/** The tool `groups`, run on the engine of the service. */
export const command: Command = evaluationCommand(runGroups)
