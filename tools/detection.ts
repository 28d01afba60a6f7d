import { stderr } from 'node:process'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { FaceError } from '../src/errors.ts'
import { services } from '../src/services.ts'
import { parseCommandLine, STRING } from './evaluation/tool-options.ts'
import { measureDetector, readTruth } from './evaluation/measure-detector.ts'
import { detectorNames, openDetector } from './open-detector.ts'

export const HELP = `Usage: npm run tool -- detection <folder> [options]

Measures recall and precision of the native pipeline's detectors at an overlap (IoU) of 0.5, and milliseconds per photo in one thread. The
folder holds images/ and gt.json, a part of WIDER FACE: see Truth in tools/evaluation/measure-detector.ts. A detector whose weights are not
available is named and skipped.

  --detectors <names>   comma-separated; default: all
  --side <pixels>       longest side to which each photo is resized; default: 640
  --photos <n>          only the first n photos of gt.json; default: all
`

/** The tool `detection`. */
export const command: Command = async ({ args, config, log, out, err, atEnd }) => {
  const { path, values } = parseCommandLine(args, { detectors: STRING, side: STRING, photos: STRING }, HELP)
  const [side, photos] = [Number(values.side ?? 640), Number(values.photos ?? Infinity)]
  if (!(side > 0 && photos > 0)) throw new UsageError('--side and --photos must be numbers above 0.')
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
}
