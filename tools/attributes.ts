import type { Command } from '../src/commands/command-line.ts'
import { attributeCards } from '../src/models/attribute-cards.ts'
import { detectorCard } from '../src/models/detector-cards.ts'
import { type Emotion, EMOTIONS } from '../src/names.ts'
import type { AnalyzeOptions } from '../src/pipelines/contract.ts'
import { ADULT, ageError, type Ages, emotionsRight, equalClass, genderRight, type Judged, raceRight } from './evaluation/attribute-figures.ts'
import { type Figure, parseBound, printFigures } from './evaluation/figures.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import { detectorAndPipeline, parseCommandLine, STRING, STRINGS } from './evaluation/tool-options.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { readPhotoSet } from './evaluation/photo-sets.ts'
import { runOnPhotos } from './evaluation/run-on-photos.ts'
import type { Person } from './evaluation/utkface.ts'

export const HELP = `Usage: npm run tool -- attributes <folder> [options]

Measures how well the service's engine predicts age, gender and race (a folder of photos named as in UTKFace) or emotion (folders of
photos named after emotions, as FER-2013 is unpacked). Each photo is processed once.

  --detector <name>     default: DEFAULT_DETECTOR
  --require <bound>     for example 'age<=6.5'; exit code 1 when it does not hold. May be repeated.

Figures for people: age, young, old (years), gender, race (percent). For emotions: emotion, and each emotion by its name (percent).
For both: faceless (photos).
`

const NAMES = {
  people: ['age', 'young', 'old', 'gender', 'race', 'faceless'],
  emotions: ['emotion', ...EMOTIONS, 'faceless']
} as const

const CHILDREN: Ages = { from: 0, to: ADULT.from - 1 }
const OLD: Ages = { from: ADULT.to + 1, to: Infinity }

/** Processes every photo of a folder once and prints how often the predicted attributes are right. */
export const runAttributes: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { detector: STRING, require: STRINGS }, HELP)
  const { detector } = detectorAndPipeline({ ...values, pipeline: 'native' }, config)
  const set = await readPhotoSet(path)
  const bounds = (values.require ?? []).map((text) => parseBound(text, NAMES[set.kind]))

  const engine = await open([...detector === 'skip' ? [] : [detectorCard(detector, 'native')], ...attributeCards('native')])
  // The photos of these sets are already cropped to the face: where no face is detected, the whole picture is analyzed.
  const options: AnalyzeOptions = {
    actions: set.kind === 'people' ? ['age', 'gender', 'race'] : ['emotion'],
    detector,
    pipeline: 'native',
    enforceDetection: false,
    align: true,
    expandPercentage: 0,
    maxFaces: 1,
    antiSpoofing: false
  }
  const { faces } = await runOnPhotos(path, [...set.photos.keys()], 2 * engine.workers, (bytes) => engine.analyze(bytes, options), onPhoto)
  const judged = <Truth>(photos: ReadonlyMap<string, Truth>): Array<Judged<Truth>> =>
    [...photos].map(([photo, truth]) => ({ truth, face: faces.get(photo)![0]! }))

  out(`${set.photos.size} photos of ${set.kind}, ${detector}\n`)
  const faceless = [...faces.values()].filter(([face]) => face!.score === 0).length
  return printFigures([
    ...set.kind === 'people' ? ofPeople(judged(set.photos)) : ofEmotions(judged(set.photos)),
    { name: 'faceless', value: faceless, text: 'photos on which no face was found; the whole picture was judged' }
  ], bounds, out)
}

function ofPeople (people: ReadonlyArray<Judged<Person>>): Figure[] {
  const years = (name: string, ages: Ages, whose: string): Figure =>
    ({ name, value: ageError(people, ages), text: `years of mean age error ${whose}` })
  return [
    years('age', ADULT, `from ${ADULT.from} to ${ADULT.to}`),
    years('young', CHILDREN, 'below that'),
    years('old', OLD, 'above that'),
    { name: 'gender', value: 100 * genderRight(people, ADULT), text: `% of genders right from ${ADULT.from} to ${ADULT.to}` },
    { name: 'race', value: 100 * raceRight(people), text: '% of races right among white, black, asian and indian' }
  ]
}

function ofEmotions (faces: ReadonlyArray<Judged<Emotion>>): Figure[] {
  const shares = emotionsRight(faces)
  return [
    { name: 'emotion', value: 100 * equalClass(shares), text: '% of emotions right, each emotion weighing the same' },
    ...[...shares].map(([name, share]): Figure => ({ name, value: 100 * share, text: '%' }))
  ]
}

/** The tool `attributes`, run on the engine of the service. */
export const command: Command = evaluationCommand(runAttributes)
