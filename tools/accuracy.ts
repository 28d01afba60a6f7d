import type { Command } from '../src/commands/command-line.ts'
import { METRICS } from '../src/match/distance.ts'
import { recogniserNamed } from '../src/models/catalogue.ts'
import { alignmentOf, cardsFor } from '../src/models/detector-cards.ts'
import { parseBound, printFigures } from './evaluation/figures.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import { COMPARE_OPTIONS, COMPARE_HELP, oneOf, parseCommandLine, readPairs, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { accuracy, compare, FAR } from './evaluation/pair-accuracy.ts'
import { everyNth, photosOf } from './evaluation/pair-list.ts'
import { findPhotoFolder, photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'

export const HELP = `Usage: npm run tool -- accuracy <list> [options]

Measures how often the service's engine is right about whether two photos show the same person. The list is one of Labeled Faces
in the Wild (pairs.txt, pairsDevTrain.txt) or a CSV of photo, photo and yes or no. Each photo is processed once.

${COMPARE_HELP}
  --metric <name>       metric of the distance; default: DEFAULT_METRIC
  --every <n>           compares every nth pair only
  --require <bound>     for example 'best>=99.3'; exit code 1 when it does not hold. May be repeated.

Figures: shipped, best, tar, eer (percent), ms (per pair and worker), faceless (photos).
`

const FIGURES = ['shipped', 'best', 'tar', 'eer', 'ms', 'faceless']

/** Processes every photo of a list once, compares the pairs and prints how well the distances separate one person from two. */
export const runAccuracy: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { ...COMPARE_OPTIONS, metric: STRING, every: STRING, require: STRINGS }, HELP)
  const options = representOptions(values, config)
  const { model, detector, pipeline } = options
  const metric = oneOf('metric', values.metric ?? config.DEFAULT_METRIC, METRICS)
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const list = everyNth(await readPairs(path), Number(values.every ?? 1))
  const photos = photosOf(list)
  const folder = values.photos ?? findPhotoFolder(path, photos)

  const engine = await open(cardsFor(options))
  const embed = async (bytes: Uint8Array): Promise<Float32Array[]> => (await engine.represent(bytes, options)).map(({ embedding }) => embedding)
  const seen = await runOnPhotos(folder, photos, 2 * engine.workers, embed, onPhoto)

  const threshold = recogniserNamed(model).calibration[alignmentOf(detector, pipeline)]?.thresholds[metric]
  const { same, different, shipped, best, tar, eer } = accuracy(compare(list.pairs, seen.faces, metric), list.folds, threshold)
  const missed = photosWithoutFaces(seen)
  out(`${model} behind ${detector}, ${pipeline} pipeline, ${metric}: ${same} pairs of one person, ${different} of two, ${photos.length} photos\n`)
  for (const photo of missed) out(`no face is found on ${photo}\n`)
  return printFigures([
    { name: 'shipped', value: 100 * (shipped ?? NaN), text: `% of the pairs right at the shipped threshold, ${threshold ?? 'which this model does not have'}` },
    {
      name: 'best',
      value: 100 * best.share,
      text: best.deviation === undefined
        ? `% right at the best threshold, ${best.threshold.toFixed(4)}`
        : `% ± ${(100 * best.deviation).toFixed(2)} right in ${list.folds} folds, each at the threshold that is best on the others; ${best.threshold.toFixed(4)} over all`
    },
    { name: 'tar', value: 100 * tar, text: `% of the pairs of one person accepted where ${FAR * 100} % of those of two are` },
    { name: 'eer', value: 100 * eer, text: '% equal error rate' },
    { name: 'ms', value: 2 * seen.ms * engine.workers / photos.length, text: `ms a pair and worker, of ${engine.workers}, photos read from disk` },
    { name: 'faceless', value: missed.length, text: 'photos without a face; their pairs count as wrong' }
  ], bounds, out)
}

/** The tool `accuracy`, run on the engine of the service. */
export const command: Command = evaluationCommand(runAccuracy)
