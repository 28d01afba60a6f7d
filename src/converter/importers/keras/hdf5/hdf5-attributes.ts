import { conversionError } from '../../../conversion-error.ts'
import { elements } from '../../../graph/tensor.ts'
import { readBTree2 } from './b-tree-2.ts'
import { openFractalHeap } from './fractal-heap.ts'
import type { Cursor, Source } from './hdf5-cursor.ts'
import type { Header } from './object-header.ts'
import { readDataspace, readDatatype, readTexts } from './types.ts'

/**
 * Reads the texts of the attribute called `name`; undefined when the object has no such attribute.
 * @throws {Error} ConversionError when the attribute holds something other than text.
 */
export function readAttribute (source: Source, header: Header, name: string): string[] | undefined {
  for (const message of [...header.all('attribute'), ...denseAttributes(source, header)]) {
    const values = readMessage(source, message, name)
    if (values) return values
  }
  return undefined
}

/** Reads an attribute message; undefined when it has another name. Format Specification 3.0, IV.A.2.m. */
function readMessage (source: Source, message: Cursor, wanted: string): string[] | undefined {
  const [version, flags] = [message.uint(1), message.uint(1)]
  if (version < 1 || version > 3) throw conversionError(`The HDF5 file has an attribute message of version ${version}; versions 1 to 3 are supported.`)
  const sizes = [message.uint(2), message.uint(2), message.uint(2)] as const
  if (version === 3) message.take(1)
  // Version 1 pads each part to a multiple of eight bytes.
  const [name, datatype, dataspace] = sizes.map((size) => {
    const part = message.part(size)
    if (version === 1) message.take(-size & 7)
    return part
  }) as [Cursor, Cursor, Cursor]
  if (name.text(sizes[0]) !== wanted) return undefined
  if (version > 1 && flags !== 0) throw conversionError(`The attribute ${wanted} of the HDF5 file shares its type, which is not supported.`)
  const type = readDatatype(datatype)
  const dims = readDataspace(dataspace)
  return dims ? readTexts(source, type, elements(dims), message) : []
}

/** Reads dense attribute storage: messages in a fractal heap, indexed by a B-tree over the hashes of their names. */
function denseAttributes (source: Source, header: Header): Cursor[] {
  const info = header.first('attributeInfo')
  if (!info) return []
  info.take(1)
  if (info.uint(1) & 0x01) info.take(2)
  const [heapAddress, tree] = [info.address(), info.address()]
  if (heapAddress === undefined) return []
  return readBTree2(source, tree, 8).map(openFractalHeap(source, heapAddress))
}
