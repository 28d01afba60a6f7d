import { basename, extname, join } from 'node:path'
import type { Card, SourceFile } from '../models/card.ts'

/**
 * The folder of a store:
 *
 *     SFace.onnx          the graph that is run, made from the published files
 *     SFace.json          what it was made from and with
 *     opencv.eye.xml      a further part of a model; one that is used as it is keeps its ending
 *     sources/<first 12 digits of the sha256>/<published name>
 *     sources/unpinned/<published name>     where the card tells no sha256
 *     pins/<published name>                 and the sha256 of the first copy of it
 *
 * The digits keep files apart that share a published name (`model.json`); the name stays whole, so that the folder of one
 * machine can be another's MODELS_MIRROR.
 */
export const graphPath = (folder: string, { name, conversion, files }: Card): string =>
  join(folder, `${name}${conversion.format === 'raw' ? extname(files[0]!.name) : '.onnx'}`)
export const recordPath = (folder: string, { name }: Card): string => join(folder, `${name}.json`)
export const sourcePath = (folder: string, file: SourceFile): string => join(folder, 'sources', shelf(file), file.name)
export const pinPath = (folder: string, { name }: SourceFile): string => join(folder, 'pins', name)

/** The part of the path that keeps equal names apart. */
export const shelf = ({ sha256 }: SourceFile): string => sha256?.slice(0, 12) ?? 'unpinned'

/** Where the bytes of a download gather, beside its target. Each way has its own: a package brings files that others may be fetching by address. */
export const partialPaths = (target: string) => ({ url: `${target}.partial`, npm: `${target}.npm.partial`, copy: `${target}.copy.partial` })

/** Beside a partial download: what it is the beginning of. */
export const originPath = (partial: string): string => `${partial}.json`

/** All that unfinished downloads may have left beside their target, under its lock; a package's own partial files are apart. */
export function leftovers (target: string): string[] {
  const { url, copy } = partialPaths(target)
  return [url, originPath(url), `${originPath(url)}.partial`, copy]
}

/**
 * Every name under which a published file may lie in a mirror: its author's, and where the sha256 tells, those its sources give it
 * as it is.
 */
export function mirrorNames ({ name, sha256, sources }: SourceFile): readonly string[] {
  if (sha256 === undefined) return [name]
  const plain = sources.filter((source) => 'npm' in source || !source.packed)
  return [...new Set([name, ...plain.map((source) => basename('npm' in source ? source.path : new URL(source.url).pathname))])]
}
