import { UsageError } from '../../src/commands/usage-error.ts'
import { type DetectorName, DETECTORS, type RecogniserName, RECOGNISERS } from '../../src/names.ts'
import { parseBound, printFigures } from '../evaluation/figures.ts'
import { oneOf, parseCommandLine, STRING, STRINGS } from '../evaluation/tool-options.ts'
import { type Records, readRecords } from './records.ts'
import { compareAll, type Candidates, type DetectorResult, type ModelResult, type Results } from './compare-all.ts'

export const HELP = `Usage: npm run tool -- parity <folder> [options]

Compares the deepface pipeline with records of Python's DeepFace: every recorded call of extract_faces, represent and verify whose
detector and model are part of this version. The folder holds extract_faces.json, represent.json and verify.json. When it also holds
decoded photos (decode.json), face crops and their vectors (crops.json) or network inputs (tensors.json), those are compared too; and the
answers of the whole service are compared with the variants in represent.json and verify.json, with find.json, antispoof.json and
errors.json.

  --photos <folder>     folder of the photos named in the records; default: <folder>/../faces/deepface
  --detectors <names>   comma-separated; default: all
  --max-pixels <n>      skips larger photos
  --require <bound>     for example 'box<=0', instead of the default bound of that figure. May be repeated.

Figures, each the worst of all: box (pixels), confidence, crop (mean difference, out of 255), off (% of pixels off by more than 8), cosine,
values (relative to the length of the vector), distance, verdicts (%), decoded (mean difference, out of 255), files (% the same to the
bit), crops (cosine), tensors (% the same to the bit), answers (% that agree). Exit code 1 when a bound does not hold.
`

/**
 * Default bounds. Not every answer must agree: where rounding makes a cosine larger than 1, DeepFace's `angular` distance is NaN and it
 * skips that pair; ours is 0.
 */
const BOUNDS: Readonly<Record<string, string>> = {
  box: 'box<=1',
  confidence: 'confidence<=0.01',
  crop: 'crop<=1',
  off: 'off<=2',
  cosine: 'cosine>=0.999',
  values: 'values<=0.01',
  distance: 'distance<=0.005',
  verdicts: 'verdicts>=99.5',
  decoded: 'decoded<=1',
  files: 'files>=100',
  crops: 'crops>=0.9999',
  tensors: 'tensors>=100',
  answers: 'answers>=99.5'
}

export interface ParityOptions {
  readonly folder: string
  readonly photos: string | undefined
  readonly detectors: readonly DetectorName[]
  readonly models: readonly RecogniserName[]
  readonly databases: Records['databases']
  readonly maxPixels: number
}

export interface ParityPlace {
  /** Opens the models and the service to compare. */
  readonly open: (options: ParityOptions) => Promise<Candidates>
  readonly out: (text: string) => void
  readonly onPhoto: (name: string) => void
}

/**
 * Prints the difference between this version and a folder of records, by detector and by model. Returns the exit code. @throws
 * {UsageError}
 */
export async function runParity (args: readonly string[], { open, out, onPhoto }: ParityPlace): Promise<number> {
  const { path, values } = parseCommandLine(args, { photos: STRING, detectors: STRING, 'max-pixels': STRING, require: STRINGS }, HELP)
  const maxPixels = Number(values['max-pixels'] ?? Infinity)
  if (!(maxPixels > 0)) throw new UsageError(`--max-pixels ${values['max-pixels']} is no number above 0.`)
  const required = (values.require ?? []).map((text) => parseBound(text, Object.keys(BOUNDS)))
  const records = await readRecords(path).catch((cause: Error) => { throw new UsageError(cause.message, { cause }) })
  const { extract, represent, verify } = records
  const recordedDetectors = [...extract, ...represent, ...verify].map(({ detector }) => detector)
  const candidates = await open({
    folder: path,
    photos: values.photos,
    detectors: values.detectors?.split(',').map((name) => oneOf('detectors', name, DETECTORS)) ?? known(DETECTORS, recordedDetectors),
    models: known(RECOGNISERS, [...represent, ...verify].map(({ model }) => model)),
    databases: records.databases,
    maxPixels
  })

  const tolerance = boxTolerance(required.find(({ name }) => name === 'box')?.text ?? BOUNDS['box']!)
  const { detectors, models, photos, answers, tensors, decoded, crops, cropCosines } = await compareAll(records, candidates, tolerance, onPhoto)
  if (photos === 0) throw new UsageError('None of the photos that the records name is there.')
  out(table(['detector', 'calls', 'faces equal', 'box error', 'confidence error', 'crop error', '% off'], detectors.map(detectorRow)))
  out(table(['model', 'vectors', 'cosine min', 'in brief', 'value error', 'verdicts', 'verdicts equal', 'distance error', 'confidence error'], models.map(modelRow)))
  const asked = answers.filter(({ calls, leftOut }) => calls + leftOut > 0)
  if (asked.length > 0) out(table(['answers', 'calls', 'alike', 'left out', 'cosine min', 'distance error', 'confidence error'], asked.map(answersRow)))
  if (decoded.compared > 0) out(`photos: ${decoded.equal} of ${decoded.compared} decoded to the same bits\n`)
  if (crops.compared > 0) out(`faces: ${crops.equal} of ${crops.compared} files decoded to the same bits, ${cropCosines.length} vectors of them compared\n`)
  if (tensors.compared > 0) out(`tensors: ${tensors.equal} of ${tensors.compared} the same to the bit\n\n`)
  for (const differing of [crops.differing, tensors.differing, ...answers.map(({ differing }) => differing)]) {
    for (const call of differing.slice(0, 20)) out(`differs: ${call}\n`)
  }
  for (const { detector, differing } of detectors) for (const call of differing.slice(0, 20)) out(`${detector} differs: ${call}\n`)

  /** Largest number; NaN when nothing was compared. */
  const most = (values: readonly number[]): number => values.reduce((largest, value) => value <= largest || Number.isNaN(value) ? largest : value, NaN)
  const seen = detectors.filter(({ calls }) => calls > 0)
  const verdicts = models.reduce((sum, model) => sum + model.verdicts, 0)
  const figures = [
    { name: 'box', value: most(seen.map(({ box }) => box)), text: 'pixels, the largest difference of a box or an eye' },
    { name: 'confidence', value: most(seen.map(({ confidence }) => confidence)), text: 'the largest difference of a detector’s confidence' },
    { name: 'crop', value: most(seen.map(({ crop }) => crop)), text: 'of 255, the largest mean difference of a crop' },
    { name: 'off', value: 100 * most(seen.map(({ off }) => off)), text: '% of a crop’s pixels off by more than 8, at most' },
    { name: 'cosine', value: -most([...models, ...answers].map(({ cosine }) => -cosine)), text: 'the smallest cosine between a vector and the recorded one' },
    { name: 'values', value: most(models.map(({ values }) => values)), text: 'the largest difference of a value or of the length where vectors are recorded in brief, in lengths of the vector' },
    { name: 'distance', value: most([...models, ...answers].map(({ distance }) => distance)), text: 'the largest difference of a distance' },
    { name: 'verdicts', value: 100 * models.reduce((sum, { equalVerdicts }) => sum + equalVerdicts, 0) / verdicts, text: `% of ${verdicts} verdicts the same` },
    { name: 'decoded', value: decoded.mean, text: 'of 255, the largest mean difference of a decoded photo' },
    { name: 'files', value: 100 * crops.equal / crops.compared, text: `% of ${crops.compared} files of faces decoded to the same bits` },
    { name: 'crops', value: -most(cropCosines.map((cosine) => -cosine)), text: 'the smallest cosine between the vector of a recorded face and the recorded one' },
    { name: 'tensors', value: 100 * tensors.equal / tensors.compared, text: `% of ${tensors.compared} inputs of networks the same to the bit` },
    { name: 'answers', value: 100 * sum(answers.map(({ alike }) => alike)) / sum(answers.map(({ calls }) => calls)), text: '% of the service’s answers say the same' }
    // A figure without comparisons satisfies no bound and breaks none.
  ].filter(({ value }) => Number.isFinite(value) || value === Infinity)
  const bounds = figures.map(({ name }) => required.find((bound) => bound.name === name) ?? parseBound(BOUNDS[name]!, [name]))
  return printFigures(figures, bounds, out)
}

/** Returns the recorded names that this version has: records may come from another version of DeepFace. */
const known = <Name extends string>(names: readonly Name[], recorded: readonly string[]): Name[] =>
  [...new Set(recorded)].filter((name): name is Name => (names as readonly string[]).includes(name))

/** Number of pixels in `box<=1`: within them boxes count as equal. */
const boxTolerance = (bound: string): number => Number(bound.split('=')[1])

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const answersRow = ({ endpoint, calls, alike, leftOut, cosine, distance, confidence }: Results['answers'][0]): string[] =>
  [endpoint, `${calls}`, `${alike}`, `${leftOut}`, ...[[cosine, 6], [distance, 6], [confidence, 2]].map(([value, digits]) => Number.isNaN(value) ? '' : value!.toFixed(digits))]

const detectorRow = ({ detector, calls, equalCalls, box, confidence, crop, off }: DetectorResult): string[] =>
  [detector, `${calls}`, `${equalCalls}`, box.toFixed(0), confidence.toFixed(2), crop.toFixed(3), (100 * off).toFixed(2)]

const modelRow = ({ model, vectors, cosine, briefs, values, verdicts, equalVerdicts, distance, pairConfidence }: ModelResult): string[] =>
  [model, `${vectors}`, cosine.toFixed(6), `${briefs}`, values.toFixed(6), `${verdicts}`, `${equalVerdicts}`, distance.toFixed(6), pairConfidence.toFixed(2)]

function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]): string => `${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join('  ')}\n`
  return `${[head, ...rows].map(line).join('')}\n`
}
