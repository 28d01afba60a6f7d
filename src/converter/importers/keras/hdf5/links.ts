import { conversionError } from '../../../conversion-error.ts'
import { readBTree2 } from './b-tree-2.ts'
import { openFractalHeap } from './fractal-heap.ts'
import { type Cursor, cursorAt, damaged, type Source, structureAt } from './hdf5-cursor.ts'
import type { Header } from './object-header.ts'

/** Returns the addresses of a group's objects, by name. Soft and external links are skipped. Format Specification 3.0, IV.A.2.c, g, r. */
export function readLinks (source: Source, header: Header): Map<string, number> {
  const links = new Map<string, number>()
  const table = header.first('symbolTable')
  if (table) readSymbolTable(source, table, links)
  for (const message of header.all('link')) readLink(message, links)
  const dense = header.first('linkInfo')
  if (dense) readDense(source, dense, links)
  return links
}

/** Reads groups of HDF5 1.6 and older, which h5py still writes by default: a B-tree of symbol tables, with the names in a heap. */
function readSymbolTable (source: Source, table: Cursor, links: Map<string, number>): void {
  const [tree, heapAddress] = [table.address(), table.address()]
  const heap = structureAt(source, heapAddress, 'HEAP')
  heap.take(4)
  const size = heap.length()
  heap.length()
  const names = heap.address() ?? 0
  const nameAt = (offset: number): string => {
    const end = source.bytes.indexOf(0, names + offset)
    if (offset >= size || end < 0 || end > names + size) throw damaged(`a name should lie at byte ${names + offset}`)
    return cursorAt(source, names + offset, end).text(end - names - offset)
  }
  for (const leaf of groupLeaves(source, tree)) {
    const node = structureAt(source, leaf, 'SNOD')
    node.take(2)
    for (let count = node.uint(2); count > 0; count--) {
      const name = nameAt(node.uint(source.addressSize))
      const address = node.address()
      const kind = node.uint(4)
      node.take(20)
      // Kind 2 is a soft link.
      if (kind !== 2 && address !== undefined) links.set(name, address)
    }
  }
}

/** Returns the addresses of the symbol tables below a version 1 B-tree. Format Specification 3.0, III.A.1. */
function groupLeaves (source: Source, root: number | undefined): number[] {
  const leaves: number[] = []
  const seen = new Set<number>()
  const visit = (address: number | undefined, above: number | undefined): void => {
    const node = structureAt(source, address, 'TREE')
    const [type, level, count] = [node.uint(1), node.uint(1), node.uint(2)]
    if (seen.has(address!) || type !== 0 || (above !== undefined && level !== above - 1)) throw damaged(`the tree node at byte ${address} is none of a group`)
    seen.add(address!)
    node.take(2 * source.addressSize + source.lengthSize)
    for (let i = 0; i < count; i++) {
      const child = node.address()
      node.take(source.lengthSize)
      if (level > 0) visit(child, level)
      else if (child !== undefined) leaves.push(child)
    }
  }
  visit(root, undefined)
  return leaves
}

/** Reads a link message, from an object header or a fractal heap. */
function readLink (message: Cursor, links: Map<string, number>): void {
  const [version, flags] = [message.uint(1), message.uint(1)]
  if (version !== 1) throw conversionError(`The HDF5 file has a link message of version ${version}; version 1 is supported.`)
  const type = flags & 0x08 ? message.uint(1) : 0
  message.take((flags & 0x04 ? 8 : 0) + (flags & 0x10 ? 1 : 0))
  const name = message.text(message.uint(1 << (flags & 3)))
  if (type !== 0) return
  const address = message.address()
  if (address !== undefined) links.set(name, address)
}

/** Reads dense link storage: messages in a fractal heap, indexed by a B-tree over the hashes of their names. */
function readDense (source: Source, info: Cursor, links: Map<string, number>): void {
  info.take(1)
  if (info.uint(1) & 0x01) info.take(8)
  const [heapAddress, tree] = [info.address(), info.address()]
  if (heapAddress === undefined) return
  const heap = openFractalHeap(source, heapAddress)
  for (const record of readBTree2(source, tree, 5)) {
    record.take(4)
    readLink(heap(record), links)
  }
}
