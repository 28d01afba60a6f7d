import type { Command } from '../src/commands/command-line.ts'
import { METRICS } from '../src/match/distance.ts'
import { calibrationFor } from '../src/models/calibration-of.ts'
import { cardsFor } from '../src/models/detector-cards.ts'
import { parseBound, printFigures } from './evaluation/figures.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { FAR } from './evaluation/pair-accuracy.ts'
import { oneOf, parseCommandLine, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'
import { photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'
import { acceptedOf, boundOf, compareTurned, type PosedFace, readTurnedAlbums } from './evaluation/turned-pairs.ts'

export const HELP = `Usage: npm run tool -- groups <folder> [options]

Measures how often a frontal photo and one of a turned head are taken for one person in the native pipeline, by how far the head is turned. The
folder is named as Celebrities in Frontal-Profile is: <person>/frontal and <person>/profile. All frontal photos are compared with all others.

  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --metric <name>       metric of the distance; default: DEFAULT_METRIC
  --require <bound>     for example 'tar>=80'; exit code 1 when it does not hold. May be repeated.

Figures: tar, shipped, false, yaw0, yaw25, yaw40, yaw50, yaw60 (percent of the pairs), faceless (photos).
`

/** Least yaw of each group of pairs, in degrees. */
const YAWS = [0, 25, 40, 50, 60]

const FIGURES = ['tar', 'shipped', 'false', ...YAWS.map((yaw) => `yaw${yaw}`), 'faceless']

/** Compares frontal photos with those of turned heads and prints how many pairs are accepted. */
export const runGroups: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { model: STRING, detector: STRING, metric: STRING, require: STRINGS }, HELP)
  const options = { ...representOptions({ ...values, pipeline: 'native' }, config), maxFaces: 1, include: ['pose'] } as const
  const { model, detector } = options
  const metric = oneOf('metric', values.metric ?? config.DEFAULT_METRIC, METRICS)
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const albums = await readTurnedAlbums(path)
  const photos = albums.flatMap(({ frontal, profile }) => [...frontal, ...profile])

  const engine = await open(cardsFor(options))
  const see = async (bytes: Uint8Array): Promise<PosedFace[]> =>
    (await engine.represent(bytes, options)).map(({ embedding, pose }) => ({ embedding, yaw: pose!.yaw }))
  const seen = await runOnPhotos('', photos, 2 * engine.workers, see, onPhoto)

  const pairs = compareTurned(albums, seen.faces, metric)
  const bound = boundOf(pairs, FAR)
  const { thresholds: { [metric]: threshold } } = calibrationFor(options)
  const shipped = (same: boolean): number => 100 * acceptedOf(pairs, same, (distance) => distance <= threshold)
  const missed = photosWithoutFaces(seen)
  out(`${model} behind ${detector}, ${metric}: ${albums.length} people, ${pairs.length} pairs of a frontal photo and a turned head\n`)
  for (const photo of missed) out(`no face is found on ${photo}\n`)
  return printFigures([
    { name: 'tar', value: 100 * acceptedOf(pairs, true, (distance) => distance < bound), text: `% of the pairs of one person accepted where ${FAR * 100} % of those of two are, at ${bound.toFixed(4)}` },
    { name: 'shipped', value: shipped(true), text: `% of them at the shipped threshold, ${threshold}` },
    { name: 'false', value: shipped(false), text: '% of the pairs of two people there' },
    ...YAWS.map((yaw, i) => {
      const turned = pairs.filter((pair) => pair.yaw !== undefined && pair.yaw >= yaw && pair.yaw < (YAWS[i + 1] ?? Infinity))
      const upTo = i + 1 < YAWS.length ? `to ${YAWS[i + 1]}°` : 'and more'
      return { name: `yaw${yaw}`, value: 100 * acceptedOf(turned, true, (distance) => distance < bound), text: `% as tar, heads turned by ${yaw}° ${upTo}: ${turned.filter(({ same }) => same).length} pairs` }
    }),
    { name: 'faceless', value: missed.length, text: 'photos without a face; their pairs count as not accepted' }
  ], bounds, out)
}

/** The tool `groups`, run on the engine of the service. */
export const command: Command = evaluationCommand(runGroups)
