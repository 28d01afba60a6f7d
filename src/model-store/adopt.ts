import { basename } from 'node:path'
import { modelUnavailable } from '../errors.ts'
import type { Card, SourceFile } from '../models/card.ts'
import { partsOf } from '../models/model-files.ts'
import { sha256OfFile } from '../system/sha256.ts'
import { editionsOf } from './editions.ts'
import { codeOf } from './fetch-failure.ts'
import { mirrorNames } from './store-layout.ts'

/**
 * Maps the published files of one edition of `card` to the user's files at `paths`; for a card with parts, those of the first edition of
 * every part. The sha256 decides. Where the card has none, the name decides, or the fact that one file is given and one is needed.
 * @throws {FaceError} model_unavailable, with what is wrong with the files.
 */
export async function matchFiles (card: Card, paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<SourceFile, string>> {
  const hashes = new Map<string, string>()
  for (const path of paths) hashes.set(path, await hashOf(path, signal))
  const parts = partsOf(card)
  const editions = parts.length > 1 ? [{ files: parts.flatMap(({ files }) => files) }] : editionsOf(card)
  const outcomes = editions.map(({ files }) => matchEdition(card, files, hashes, editions.length === 1))
  const matched = outcomes.find((outcome) => typeof outcome !== 'string')
  if (matched === undefined) throw modelUnavailable(outcomes.join(' Or: '))
  return matched as ReadonlyMap<SourceFile, string>
}

/** Maps the files of one edition to paths, or returns a sentence that says what is wrong. `hashes`: sha256 by path. */
function matchEdition (
  card: Card, files: readonly SourceFile[], hashes: ReadonlyMap<string, string>, isOnly: boolean
): ReadonlyMap<SourceFile, string> | string {
  const paths = [...hashes.keys()]
  const matched = new Map<SourceFile, string>()
  for (const file of files) {
    const only = isOnly && paths.length === 1 && files.length === 1
    const path = paths.find((path) => file.sha256 === undefined ? only || mirrorNames(file).includes(basename(path)) : hashes.get(path) === file.sha256)
    if (path === undefined) return missingFile(card, file, hashes)
    matched.set(file, path)
  }
  const used = new Set(matched.values())
  const unused = paths.filter((path) => !used.has(path))
  return unused.length === 0 ? matched : `${unused.join(', ')}: no published file of ${card.name}, which is made from ${files.map(({ name }) => name).join(', ')}.`
}

async function hashOf (path: string, signal: AbortSignal): Promise<string> {
  try {
    return await sha256OfFile(path, signal)
  } catch (error) {
    throw modelUnavailable(`${path} cannot be read (${codeOf(error)}).`, error)
  }
}

function missingFile ({ name: model }: Card, file: SourceFile, hashes: ReadonlyMap<string, string>): string {
  const given = Array.from(hashes, ([path, sha256]) => `${basename(path)} has ${sha256}`).join(', ')
  return file.sha256 === undefined
    ? `${model} is made from ${file.name}, which is not among the files given.`
    : `${model} is made from ${file.name} with sha256 ${file.sha256}; ${given}. Weights of your own need a card of their own, so that vectors of different weights are never compared: see CONTRIBUTING.md, "Adding a model".`
}
