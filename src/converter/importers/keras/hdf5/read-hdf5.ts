import { conversionError } from '../../../conversion-error.ts'
import { type Dataset, readDataset } from './dataset.ts'
import { readAttribute } from './hdf5-attributes.ts'
import type { Source } from './hdf5-cursor.ts'
import { readLinks } from './links.ts'
import { type Header, readHeader } from './object-header.ts'
import { readSuperblock } from './superblock.ts'

export type { Dataset } from './dataset.ts'

/** A group of the file. */
export interface Group {
  readonly path: string
  readonly has: (name: string) => boolean
  /** The group called `name`. @throws {Error} ConversionError when there is none. */
  readonly group: (name: string) => Group
  /** The dataset at `path`, which may lead through groups. @throws {Error} ConversionError when there is none. */
  readonly dataset: (path: string) => Dataset
  /** The texts of an attribute; undefined when there is none of that name. */
  readonly texts: (name: string) => string[] | undefined
}

/**
 * Reads HDF5 as h5py and Keras write it: superblocks 0 to 3, old and new groups, contiguous and chunked float32 datasets,
 * gzip, shuffle, fletcher32, text attributes. HDF5 File Format Specification 3.0 (HDF Group).
 *
 * Datasets are views of `bytes` where they lie in one piece, so a file of any size costs no memory. Every number of a file is
 * checked before it is believed: a damaged file is an error, and takes neither long nor more memory than its datasets.
 * @throws {Error} ConversionError when the file is no HDF5 file, is damaged, or uses something else.
 */
export function openHdf5 (bytes: Uint8Array): Group {
  const { source, root } = readSuperblock(bytes)
  return openGroup(source, root, '')
}

function openGroup (source: Source, address: number, path: string): Group {
  const header = readHeader(source, address)
  const links = readLinks(source, header)
  const open = (name: string): { readonly header: Header, readonly address: number } => {
    const found = links.get(name)
    if (found === undefined) throw conversionError(`The HDF5 file has no ${path}/${name}.`)
    return { header: readHeader(source, found), address: found }
  }
  const group = (name: string): Group => openGroup(source, open(name).address, `${path}/${name}`)
  return {
    path,
    group,
    has: (name) => links.has(name),
    texts: (name) => readAttribute(source, header, name),
    dataset (name) {
      const [first = '', ...rest] = name.split('/')
      if (rest.length > 0) return group(first).dataset(rest.join('/'))
      const dataset = readDataset(source, open(first).header, `${path}/${first}`)
      if (!dataset) throw conversionError(`${path}/${first} of the HDF5 file is no dataset.`)
      return dataset
    }
  }
}
