import { writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { openPicture } from '../src/image/picture.ts'
import { recogniserNamed } from '../src/models/catalogue.ts'
import { alignmentOf, cardsFor } from '../src/models/detector-cards.ts'
import { type Calibrations, toSource, withCalibration } from './evaluation/calibration-file.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import { COMPARE_OPTIONS, COMPARE_HELP, parseCommandLine, readPairs, representOptions } from './evaluation/tool-options.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { fitCalibration } from './evaluation/fit-calibration.ts'
import { FAR } from './evaluation/pair-accuracy.ts'
import { nearestFace } from './evaluation/nearest-face.ts'
import { findPhotoFolder, runOnPhotos } from './evaluation/run-on-photos.ts'

export const HELP = `Usage: npm run tool -- calibrate <list> [options]

Measures the thresholds of a recogniser at a false accept rate of ${FAR} and the probability that belongs to a similarity, and writes
both to src/models/<family>/calibration.ts. The list must name the people, as those of Labeled Faces in the Wild do. Run it in the
root of the repository.

${COMPARE_HELP}
  --dry-run             prints the file instead of writing it
`

/** Processes every photo of a list once, fits the thresholds and the probability curve, and writes them to the family's file. */
export const runCalibrate: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { ...COMPARE_OPTIONS, 'dry-run': { type: 'boolean' } }, HELP)
  const options = representOptions(values, config)
  const { model, detector, pipeline } = options
  const alignment = alignmentOf(detector, pipeline)
  if (pipeline === 'deepface') throw new UsageError('The deepface pipeline has DeepFace’s own thresholds, whatever is measured.')
  const list = await readPairs(path)
  const photos = [...list.people.keys()]
  const folder = values.photos ?? findPhotoFolder(path, photos)

  const engine = await open(cardsFor(options))
  const seen = await runOnPhotos(folder, photos, 2 * engine.workers, async (bytes) => {
    // Read before the engine is called: it may transfer the buffer to a worker.
    const { width, height } = await openPicture(bytes, config.MAX_IMAGE_PIXELS)
    return [nearestFace(await engine.represent(bytes, options), [width / 2, height / 2]).embedding]
  }, onPhoto)

  const { same, different, ...found } = fitCalibration(list, new Map([...seen.faces].flatMap(([photo, [face]]) => face ? [[photo, face]] : [])))
  const measured = { date: new Date().toISOString().slice(0, 10), list: `${basename(path)}, faces by ${detector}`, same, different }
  const { family } = recogniserNamed(model)
  const file = `src/models/${family}/calibration.ts`
  const source = toSource(withCalibration(await written(family), model, alignment, { measured, ...found }))
  if (values['dry-run']) out(source)
  else {
    await writeFile(file, source)
    out(`${model}, aligned by ${alignment}, from ${same} pairs of one person and ${different} of two: ${JSON.stringify(found)}, written into ${file}\n`)
  }
  return 0
}

/** Calibrations already measured for a family; empty when its file does not exist yet. */
async function written (family: string): Promise<Calibrations> {
  const file = new URL(`../src/models/${family}/calibration${extname(import.meta.url)}`, import.meta.url)
  try {
    return (await import(file.href) as { calibrations: Calibrations }).calibrations
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return {}
    throw error
  }
}

/** The tool `calibrate`, run on the engine of the service. */
export const command: Command = evaluationCommand(runCalibrate)
