import type { Command } from '../src/commands/command-line.ts'
import { UsageError } from '../src/commands/usage-error.ts'
import { groupFaces } from '../src/collections/clusters/group-faces.ts'
import { averageRule } from '../src/collections/clusters/join-rule.ts'
import type { ClusterRule } from '../src/collections/contract.ts'
import { clusterRuleOf } from '../src/collections/clusters/collection-rule.ts'
import { openPicture } from '../src/image/picture.ts'
import { riseOf } from '../src/match/group-shift.ts'
import { attributeCards } from '../src/models/attribute-cards.ts'
import { calibrationFor } from '../src/models/calibration-of.ts'
import { cardsFor } from '../src/models/detector-cards.ts'
import { bCubed } from './evaluation/b-cubed.ts'
import { evaluationCommand } from './evaluation/evaluation-command.ts'
import type { Evaluation } from './evaluation/evaluation.ts'
import { type Figure, parseBound, printFigures } from './evaluation/figures.ts'
import { readLabelled } from './evaluation/labelled-photos.ts'
import { nearestFace } from './evaluation/nearest-face.ts'
import { photosWithoutFaces, runOnPhotos } from './evaluation/run-on-photos.ts'
import { parseCommandLine, representOptions, STRING, STRINGS } from './evaluation/tool-options.ts'

export const HELP = `Usage: npm run tool -- clusters <folder> [options]

Measures how well the photos of a folder are grouped by person: by the rule of the service, by the same without regard to ages
(VERDICT_POLICY=fixed), and by average linkage at the threshold of a pair. The folder holds a folder of photos for each person, as Labeled Faces
in the Wild and Celebrities in Frontal-Profile do, or photos named as in UTKFace, each of another person. Of each photo the face closest to its
centre counts; photos without a face are left out.

  --below <years>       of photos named as in UTKFace, only those of younger people
  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --pipeline <name>     default: DEFAULT_PIPELINE
  --require <bound>     for example 'f>=98.5'; exit code 1 when it does not hold. May be repeated.

Figures: f, precision, recall (B³, percent), groups, wrong (pairs of two people in one group); the same with _fixed without regard to ages, and
with _pair by the threshold of a pair; faceless (photos).
`

const RULE_FIGURES = ['f', 'precision', 'recall', 'groups', 'wrong']
const FIGURES = [...RULE_FIGURES, ...['fixed', 'pair'].flatMap((kind) => RULE_FIGURES.map((name) => `${name}_${kind}`)), 'faceless']

/** Groups the faces of a folder and prints how well the groups agree with the people. */
export const runClusters: Evaluation = async (args, { config, open, out, onPhoto }) => {
  const { path, values } = parseCommandLine(args, { below: STRING, model: STRING, detector: STRING, pipeline: STRING, require: STRINGS }, HELP)
  const options = representOptions(values, config)
  const { model, detector, pipeline } = options
  const below = Number(values.below ?? Infinity)
  if (!(below > 0)) throw new UsageError(`--below ${values.below} is no age in years.`)
  const bounds = (values.require ?? []).map((text) => parseBound(text, FIGURES))
  const labelled = await readLabelled(path, below)
  if (labelled.size === 0) throw new UsageError(`${path} holds neither folders of people nor photos named as UTKFace names them (25_0_1_20170116.jpg).`)

  const engine = await open([...cardsFor(options), ...pipeline === 'native' ? attributeCards(pipeline, ['age']) : []])
  const seen = await runOnPhotos('', [...labelled.keys()], 2 * engine.workers, async (bytes) => {
    // Read before the engine is called: it may transfer the buffer to a worker.
    const { width, height } = await openPicture(bytes, config.MAX_IMAGE_PIXELS)
    const { embedding, age } = nearestFace(await engine.represent(bytes, { ...options, ages: true }), [width / 2, height / 2])
    return [{ embedding, age }]
  }, onPhoto)
  const faces = [...labelled].flatMap(([photo, person]) => (seen.faces.get(photo) ?? []).map((face) => ({ person, ...face })))
  const { thresholds: { cosine } } = calibrationFor(options)
  out(`${model} behind ${detector}, ${pipeline} pipeline: ${faces.length} faces of ${new Set(faces.map(({ person }) => person)).size} people\n`)
  return printFigures([
    ...await figuresOf(faces, clusterRuleOf(options, undefined, 'adaptive'), '', 'by the rule'),
    ...await figuresOf(faces, clusterRuleOf(options, undefined, 'fixed'), '_fixed', 'by the rule without regard to ages'),
    ...await figuresOf(faces, { ruleOf: (count) => averageRule(1 - cosine, count) }, '_pair', `by average linkage at the threshold of a pair, ${cosine}`),
    { name: 'faceless', value: photosWithoutFaces(seen).length, text: 'photos without a face, left out' }
  ], bounds, out)
}

interface LabelledFace {
  readonly person: string
  readonly embedding: Float32Array
  readonly age: number | undefined
}

/** Groups faces by a rule, and returns how well that agrees with the people. */
async function figuresOf (faces: readonly LabelledFace[], { ruleOf, shifts }: ClusterRule, suffix: string, by: string): Promise<Figure[]> {
  const length = faces[0]?.embedding.length ?? 1
  const embeddings = new Float32Array(faces.length * length)
  faces.forEach(({ embedding }, i) => embeddings.set(embedding, i * length))
  const rises = shifts && Float32Array.from(faces, ({ age }) => riseOf(shifts, age))
  const numbers = await groupFaces({ embeddings, length, rises, rule: ruleOf(faces.length) })
  const { groups, precision, recall, f, wrongPairs } = bCubed(numbers, faces.map(({ person }) => person))
  return [
    { name: `f${suffix}`, value: 100 * f, text: `% B³ F, ${by}` },
    { name: `precision${suffix}`, value: 100 * precision, text: '% of the faces in a face\'s group are of its person' },
    { name: `recall${suffix}`, value: 100 * recall, text: '% of the faces of its person are in its group' },
    { name: `groups${suffix}`, value: groups, text: 'groups' },
    { name: `wrong${suffix}`, value: wrongPairs, text: 'pairs of two people in one group' }
  ]
}

/** The tool `clusters`, run on the engine of the service. */
export const command: Command = evaluationCommand(runClusters)
