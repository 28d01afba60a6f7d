import type { CollectionSettings } from '../collections/contract.ts'
import { isConversionError } from '../converter/conversion-error.ts'
import { cursorOver } from '../converter/importers/cursor.ts'
import { readPickle } from '../converter/importers/pickle/read-pickle.ts'
import { describe, type Dict, isKind, items, type Value } from '../converter/importers/pickle/value.ts'
import { FaceError } from '../errors.ts'
import type { Box } from '../math/box.ts'
import { DETECTORS, NORMALIZATIONS, RECOGNISERS } from '../names.ts'

/**
 * A row of the index that `DeepFace.find` keeps of a folder: DeepFace 0.0.100, `modules/recognition.py`. The index is a pickled list with
 * a dictionary for each face. Rows may share their list of numbers, so it is not copied here.
 */
export type IndexRow =
  | { readonly identity: string, readonly embedding: readonly number[], readonly box: Box | undefined }
  | { readonly identity: string | undefined, readonly problem: string }

/** Settings by name, as typed by the user. */
export type IndexNames = Partial<Record<'model' | 'detector' | 'normalization' | 'align', string | undefined>>

const NAME = /^ds_model_(?<model>.+)_detector_(?<detector>.+)_(?<aligned>aligned|unaligned)_normalization_(?<normalization>.+)_expand_(?<expand>\d+)\.pkl$/

/**
 * Settings that the vectors of an index were made with, from its name:
 * `ds_model_<model>_detector_<detector>_<aligned|unaligned>_normalization_<name>_expand_<percent>.pkl`, lower-case and without `-`.
 * Values in `given` take precedence.
 * @throws {FaceError} validation_error when a setting is in neither, or is invalid.
 */
export function settingsOf (name: string, given: IndexNames): CollectionSettings {
  const { model, detector, aligned, normalization, expand = '0' } = NAME.exec(name)?.groups ?? {}
  // A search would crop the face without that margin.
  if (Number(expand) !== 0) throw invalid(`${name}: its faces were cut out with a margin of ${expand} %, which no collection does. Make the index anew with expand_percentage=0.`)
  const align = given.align ?? (aligned === undefined ? undefined : String(aligned === 'aligned'))
  return {
    pipeline: 'deepface',
    model: oneOf('model', given.model ?? model, RECOGNISERS),
    detector: oneOf('detector', given.detector ?? detector, DETECTORS),
    normalization: oneOf('normalization', given.normalization ?? normalization, NORMALIZATIONS),
    align: oneOf('align', align, ['true', 'false'] as const) === 'true'
  }
}

function oneOf<Name extends string> (setting: string, value: string | undefined, names: readonly Name[]): Name {
  const plain = (name: string): string => name.replaceAll('-', '').toLowerCase()
  const found = value === undefined ? undefined : names.find((name) => plain(name) === plain(value))
  if (found !== undefined) return found
  throw invalid(`${value === undefined ? `The name of the file does not say its ${setting}` : `${value} is no ${setting}`}. Say --${setting} as one of ${names.join(', ')}.`)
}

/**
 * Reads the rows of an index, in order. The pickle is parsed as data: it may name no class or function, and nothing is executed.
 * @throws {FaceError} validation_error when the bytes are not such a pickle, are damaged, or name a class or function.
 */
export function readIndex (bytes: Uint8Array, name: string): IndexRow[] {
  try {
    // A row takes at least three bytes an operation: a number of a vector takes 9.
    const value = readPickle(cursorOver(bytes, name), { globals: new Set(), maxOperations: 1000 + Math.ceil(bytes.length / 3) })
    return items(value, 'The index').map(rowOf)
  } catch (error) {
    if (!isConversionError(error)) throw error
    throw invalid(`${name} is no index of DeepFace that can be read. ${error.message}`, error)
  }
}

function rowOf (value: Value): IndexRow {
  if (!isKind(value, 'dict')) return { identity: undefined, problem: `is ${describe(value)}, no dictionary` }
  const identity = value.entries.get('identity')
  if (typeof identity !== 'string' || identity === '') return { identity: undefined, problem: 'has no identity, the path of its photo' }
  const embedding = value.entries.get('embedding')
  if (embedding === null) return { identity, problem: 'has no embedding: DeepFace found no face on the photo' }
  if (!isKind(embedding, 'list')) return { identity, problem: `has ${describe(embedding)} for an embedding; it must be a list of numbers` }
  const wrong = embedding.items.find((number) => typeof number !== 'number')
  if (wrong !== undefined) return { identity, problem: `has ${describe(wrong)} in its embedding; it must be a list of numbers` }
  return { identity, embedding: embedding.items as number[], box: boxOf(value) }
}

function boxOf ({ entries }: Dict): Box | undefined {
  const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((side) => entries.get(`target_${side}`))
  const whole = (value: Value | undefined): value is number => Number.isSafeInteger(value)
  return whole(x) && whole(y) && whole(w) && whole(h) && w > 0 && h > 0 ? { x, y, w, h } : undefined
}

const invalid = (message: string, cause?: unknown): FaceError => new FaceError('validation_error', message, { cause })
