import { basename, extname, join } from 'node:path'
import type { Card, SourceFile } from '../models/card.ts'

/**
 * Layout of a store's folder:
 *
 *     SFace.onnx          the graph that is run, made from the published files
 *     SFace.json          its record: what it was made from, and by which converter
 *     opencv.eye.xml      a further part of a model; a file that is used unconverted keeps its extension
 *     sources/<first 12 digits of the sha256>/<published name>
 *     sources/unpinned/<published name>     a file whose card has no sha256
 *     pins/<published name>                 the sha256 of the first copy of such a file
 *
 * The digits separate files that share a published name (`model.json`). The name itself is unchanged, so that the folder of one
 * machine can be another's MODELS_MIRROR.
 */
export const graphPath = (folder: string, { name, conversion, files }: Card): string =>
  join(folder, `${name}${conversion.format === 'raw' ? extname(files[0]!.name) : '.onnx'}`)
export const recordPath = (folder: string, { name }: Card): string => join(folder, `${name}.json`)
export const sourcePath = (folder: string, file: SourceFile): string => join(folder, 'sources', shelf(file), file.name)
export const pinPath = (folder: string, { name }: SourceFile): string => join(folder, 'pins', name)

/** Folder below `sources` that separates files of equal names. */
export const shelf = ({ sha256 }: SourceFile): string => sha256?.slice(0, 12) ?? 'unpinned'

/**
 * Paths of unfinished files beside their target, one for each way to obtain it: a package may bring a file that is being downloaded from
 * a URL at the same time.
 */
export const partialPaths = (target: string) => ({ url: `${target}.partial`, npm: `${target}.npm.partial`, copy: `${target}.copy.partial` })

/** Path of the record of a partial download's origin. */
export const originPath = (partial: string): string => `${partial}.json`

/** All paths that unfinished downloads may have left beside `target` under its lock. Partial files of packages are not among them. */
export function leftovers (target: string): string[] {
  const { url, copy } = partialPaths(target)
  return [url, originPath(url), `${originPath(url)}.partial`, copy]
}

/**
 * All names under which a published file may lie in a mirror: the published one and, where a sha256 identifies the file, the base names of
 * its sources that deliver it unpacked.
 */
export function mirrorNames ({ name, sha256, sources }: SourceFile): readonly string[] {
  if (sha256 === undefined) return [name]
  const plain = sources.filter(({ packed }) => !packed)
  return [...new Set([name, ...plain.map((source) => basename('npm' in source ? source.path : new URL(source.url).pathname))])]
}
