import { stderr } from 'node:process'
import { FaceError } from '../errors.ts'
import { EvaluationProblem } from '../evaluation/problem.ts'
import { services } from '../services.ts'
import { measureDetector, readTruth } from './detection-cli.ts'
import { parseLine, string } from './evaluation-options.ts'
import { main } from './main.ts'
import { detectorNames, openDetector } from './open-detector.ts'

const HELP = `Usage: npm run detection -- <folder> [--detectors yunet,retinaface] [--side 640] [--photos 200]

Recall and precision of the native pipeline's detectors at an overlap (IoU) of 0.5, and milliseconds a photo in one thread. The folder holds
images/ and gt.json, as a part of WIDER FACE: see Truth in src/commands/detection-cli.ts. A detector whose weights cannot be had
is named and left out.
`

/** `npm run detection -- …` */
await main(async ({ args, config, log, out, err, atEnd }) => {
  const { path, values } = parseLine(args, { detectors: string, side: string, photos: string }, HELP)
  const [side, photos] = [Number(values.side ?? 640), Number(values.photos ?? Infinity)]
  if (!(side > 0 && photos > 0)) throw new EvaluationProblem('--side and --photos must be numbers above 0.')
  const names = detectorNames(values.detectors)
  const truth = new Map([...await readTruth(path)].slice(0, photos))
  const store = await services(config, log, stderr).openStore()
  atEnd(() => store.close())
  const percent = (value: number): string => (100 * value).toFixed(1)
  out('| Detector | Recall, easy % | medium % | hard % | Precision % | ms a photo |\n| --- | --- | --- | --- | --- | --- |\n')
  for (const name of names) {
    try {
      const opened = await openDetector(name, store, config)
      const { recall, precision, ms } = await measureDetector(opened.detector, path, truth, side)
      out(`| \`${name}\` | ${percent(recall.easy)} | ${percent(recall.medium)} | ${percent(recall.hard)} | ${percent(precision)} | ${ms.toFixed(0)} |\n`)
      await opened.close()
    } catch (error) {
      if (!(error instanceof FaceError && error.code === 'model_unavailable')) throw error
      err(`${name} is left out: ${error.message}\n`)
    }
  }
  return 0
})
