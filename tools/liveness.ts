import { basename } from 'node:path'
import type { Command } from '../src/commands/command-line.ts'
import { ANTI_SPOOFING } from '../src/engine/open-engine.ts'
import { detectorCard } from '../src/models/detector-cards.ts'
import type { AnalyzeOptions } from '../src/pipelines/contract.ts'
import { area } from '../src/math/box.ts'
import { type Figure, parseBound, printFigures } from './evaluation/figures.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { type ErrorRate, highestRate, livenessErrors, readPresentations } from './evaluation/presentations.ts'
import { photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'
import { detectorAndPipeline, parseCommandLine, STRING, STRINGS } from './evaluation/tool-options.ts'

export const HELP = `Usage: npm run tool -- liveness <folder> [options]

Measures how often anti_spoofing is wrong, with the rates of ISO/IEC 30107-3. The folder holds photos named as the samples of
Silent-Face-Anti-Spoofing: image_F1.jpg shows a print or a screen, image_T1.jpg a person. Each photo is processed once.

  --live <folder>       a further folder of photos, all of people. May be repeated.
  --detector <name>     default: DEFAULT_DETECTOR
  --pipeline <name>     default: DEFAULT_PIPELINE
  --require <bound>     for example 'apcer<=10'; exit code 1 when it does not hold. May be repeated.

Figures: apcer (% of the prints and screens taken for people), bpcer (% of the people's faces taken for prints or screens), refused (%
of the photos of people that have such a face), faceless (photos).
`

const FIGURES = ['apcer', 'bpcer', 'refused', 'faceless']

/** Checks the liveness of every face of the photos and prints how often that is wrong, with counts. */
export const runLiveness: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { live: STRINGS, detector: STRING, pipeline: STRING, require: STRINGS }, HELP)
  const { detector, pipeline } = detectorAndPipeline(values, config)
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const truth = await readPresentations(path, values.live ?? [])

  const engine = await open([...detector === 'skip' ? [] : [detectorCard(detector, pipeline)], ANTI_SPOOFING])
  const options: AnalyzeOptions = {
    actions: [],
    detector,
    pipeline,
    enforceDetection: true,
    align: true,
    expandPercentage: 0,
    maxFaces: undefined,
    antiSpoofing: 'report'
  }
  const checked = async (bytes: Uint8Array) => (await engine.analyze(bytes, options)).sort((p, q) => area(q.box) - area(p.box))
  const seen = await runOnPhotos('', [...truth.keys()], 2 * engine.workers, checked, onPhoto)
  const { apcer, bpcer, refused } = livenessErrors(truth, seen.faces)
  const missed = photosWithoutFaces(seen)

  const spoofs = [...truth.values()].filter((is) => is === 'spoof').length
  out(`${detector}, ${pipeline} pipeline: ${truth.size - spoofs} photos of people, ${spoofs} of prints and screens\n`)
  for (const photo of missed) out(`no face is found on ${basename(photo)}\n`)
  for (const [photo, faces] of seen.faces) {
    const wrong = faces.filter(({ liveness }) => liveness!.isReal !== (truth.get(photo) === 'live')).length
    if (wrong > 0) out(`${basename(photo)}: ${wrong} of ${faces.length} faces wrong\n`)
  }
  return printFigures([
    rate('apcer', apcer, 'prints and screens are taken for people'),
    rate('bpcer', bpcer, 'faces of people are taken for prints or screens'),
    rate('refused', refused, 'photos of people have such a face'),
    { name: 'faceless', value: missed.length, text: 'photos on which no face is found; they are not counted above' }
  ], bounds, out)
}

function rate (name: string, counts: ErrorRate, what: string): Figure {
  const { errors, of } = counts
  if (of === 0) return { name, value: NaN, text: `% of 0 ${what}` }
  return { name, value: 100 * errors / of, text: `% ${what}: ${errors} of ${of}; with 95 % confidence at most ${(100 * highestRate(counts)).toFixed(1)} %` }
}

/** The tool `liveness`, run on the engine of the service. */
export const command: Command = evaluationCommand(runLiveness)
