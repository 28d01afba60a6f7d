import { readFile } from 'node:fs/promises'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from '../../src/commands/usage-error.ts'
import type { Config } from '../../src/config/config.ts'
import { currentDetector, type DetectorName, DETECTORS, type Pipeline, PIPELINES, RECOGNISERS } from '../../src/names.ts'
import type { RepresentOptions } from '../../src/pipelines/contract.ts'
import type { PairList } from './pair-list.ts'
import { parsePairs } from './parse-pairs.ts'

export const STRING = { type: 'string' } as const
export const STRINGS = { type: 'string', multiple: true } as const

/** Options of the tools that compare faces. */
export const COMPARE_OPTIONS = { photos: STRING, model: STRING, detector: STRING, pipeline: STRING } as const

export const COMPARE_HELP = `  --photos <folder>     folder of the photos; default: a folder beside the list that holds them
  --model <name>        recogniser; default: DEFAULT_MODEL
  --detector <name>     default: DEFAULT_DETECTOR
  --pipeline <name>     default: DEFAULT_PIPELINE`

/**
 * Parses a command line of one path and options.
 * @throws {UsageError} with `help` when an option is unknown, or there is not exactly one path.
 */
export function parseCommandLine<const Options extends NonNullable<ParseArgsConfig['options']>> (args: readonly string[], options: Options, help: string) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new Error('One path is needed.')
    return { path, values }
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${help}`)
  }
}

/** Returns `value` as one of `names`. @throws {UsageError} */
export function oneOf<Name extends string> (option: string, value: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value)
  if (found === undefined) throw new UsageError(`--${option} ${value}: it must be one of ${names.join(', ')}.`)
  return found
}

/** Detector and pipeline of the command line, else the defaults of the configuration, as the endpoints take them. @throws {UsageError} */
export function detectorAndPipeline (values: { detector?: string, pipeline?: string }, config: Config): { detector: DetectorName, pipeline: Pipeline } {
  const pipeline = oneOf('pipeline', values.pipeline ?? config.DEFAULT_PIPELINE, PIPELINES)
  return { pipeline, detector: currentDetector(oneOf('detector', values.detector ?? config.DEFAULT_DETECTOR, DETECTORS), pipeline) }
}

/** Options of `represent`: those of the command line, else the defaults of the configuration. @throws {UsageError} */
export const representOptions = (values: { model?: string, detector?: string, pipeline?: string }, config: Config): RepresentOptions => ({
  model: oneOf('model', values.model ?? config.DEFAULT_MODEL, RECOGNISERS),
  ...detectorAndPipeline(values, config),
  normalization: 'base',
  enforceDetection: true,
  align: true,
  expandPercentage: 0,
  maxFaces: undefined,
  antiSpoofing: false,
  purpose: 'compare'
})

/** Reads the pairs of the file at `path`. @throws {UsageError} */
export async function readPairs (path: string): Promise<PairList> {
  const text = await readFile(path, 'utf8')
    .catch((cause: Error) => { throw new UsageError(`The list cannot be read: ${cause.message}`, { cause }) })
  return parsePairs(text)
}
