import { basename, join } from 'node:path'
import type { Card, SourceFile } from '../models/card.ts'

/**
 * The folder of a store:
 *
 *     SFace.onnx          the graph that is run, made from the published files
 *     SFace.json          what it was made from and with
 *     sources/<first 12 digits of the sha256>/<published name>
 *
 * The digits keep files apart that share a published name (`model.json`); the name stays whole, so that the folder of one
 * machine can be another's MODELS_MIRROR.
 */
export const graphPath = (folder: string, { name }: Card): string => join(folder, `${name}.onnx`)
export const recordPath = (folder: string, { name }: Card): string => join(folder, `${name}.json`)
export const sourcePath = (folder: string, file: SourceFile): string => join(folder, 'sources', shelf(file), file.name)

/** The part of the path that keeps equal names apart. */
export const shelf = ({ sha256 }: SourceFile): string => sha256.slice(0, 12)

/** Every name under which a published file may lie in a mirror: its author's, and those its sources give it. */
export const mirrorNames = ({ name, sources }: SourceFile): readonly string[] =>
  [...new Set([name, ...sources.map((source) => basename('npm' in source ? source.path : new URL(source.url).pathname))])]
