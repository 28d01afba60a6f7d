import { conversionError } from '../../../conversion-error.ts'
import { type Dataset, readDataset } from './dataset.ts'
import { readAttribute } from './hdf5-attributes.ts'
import type { Source } from './hdf5-cursor.ts'
import { readLinks } from './links.ts'
import { type Header, readHeader } from './object-header.ts'
import { readSuperblock } from './superblock.ts'

export type { Dataset } from './dataset.ts'

/** A group of an HDF5 file. */
export interface Group {
  readonly path: string
  readonly has: (name: string) => boolean
  /** Opens the group called `name`. @throws {Error} ConversionError when it does not exist. */
  readonly group: (name: string) => Group
  /** Opens the dataset at `path`, which may lead through groups. @throws {Error} ConversionError when it does not exist. */
  readonly dataset: (path: string) => Dataset
  /** Texts of an attribute; undefined when there is no attribute of that name. */
  readonly texts: (name: string) => string[] | undefined
}

/**
 * Opens an HDF5 file as h5py and Keras write it: superblocks 0 to 3, old and new groups, contiguous and chunked float32 datasets, gzip,
 * shuffle, fletcher32, text attributes. HDF5 File Format Specification 3.0 (HDF Group).
 *
 * Contiguous datasets are views of `bytes`, so even a large file costs no memory. Every number of the file is validated before use: a
 * damaged file is an error, and takes neither long nor more memory than its datasets.
 * @throws {Error} ConversionError when the file is not HDF5, is damaged, or uses another feature.
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
