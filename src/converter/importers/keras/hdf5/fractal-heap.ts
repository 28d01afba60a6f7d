import { conversionError } from '../../../conversion-error.ts'
import { verify } from './checksum.ts'
import { type Cursor, cursorAt, damaged, type Source, structureAt } from './hdf5-cursor.ts'

/** A range of the heap's own address space, and its place in the file. */
interface Extent { readonly offset: number, readonly size: number, readonly address: number }

/**
 * Opens the fractal heap at `address` and returns a function that resolves a heap ID (the cursor's next bytes) to its object. Format
 * Specification 3.0, III.G. Huge objects, which lie outside the heap's blocks, are not supported.
 */
export function openFractalHeap (source: Source, address: number): (id: Cursor) => Cursor {
  const header = structureAt(source, address, 'FRHP')
  header.take(1)
  const [idSize, filterSize] = [header.uint(2), header.uint(2)]
  header.take(1)
  const largest = header.uint(4)
  if (filterSize > 0) throw conversionError('The HDF5 file compresses its names, which is not supported.')
  header.take(10 * source.lengthSize + 2 * source.addressSize)
  const [width, startSize, largestDirect, bits] = [header.uint(2), header.length(), header.length(), header.uint(2)]
  header.take(2)
  const [root, rows] = [header.address(), header.uint(2)]
  verify(source, address, header.at())
  const offsetSize = Math.ceil(bits / 8)
  const lengthSize = Math.min(Math.ceil(Math.log2(largestDirect) / 8), Math.ceil(Math.log2(largest + 1) / 8))
  if (width < 1 || startSize < 1 || bits > 64 || rows > 64 || !(lengthSize >= 1)) throw damaged(`the heap at byte ${address} has impossible sizes`)

  const extents: Extent[] = []
  /** Rows 0 and 1 hold blocks of the starting size; the size doubles with every further row. */
  const sizeInRow = (row: number): number => startSize * 2 ** Math.max(0, row - 1)
  const direct = (at: number, offset: number, size: number): void => {
    structureAt(source, at, 'FHDB')
    cursorAt(source, at, at + size)
    extents.push({ offset, size, address: at })
  }
  const indirect = (at: number, offset: number, rows: number, depth: number): void => {
    if (depth > 4) throw damaged(`the heap at byte ${address} is too deep`)
    const block = structureAt(source, at, 'FHIB')
    block.take(1 + source.addressSize + offsetSize)
    let from = offset
    for (let row = 0; row < rows; row++) {
      const size = sizeInRow(row)
      for (let column = 0; column < width; column++, from += size) {
        const child = block.address()
        if (child === undefined) continue
        if (size <= largestDirect) direct(child, from, size)
        else indirect(child, from, Math.log2(size / startSize / width) + 2, depth + 1)
      }
    }
    verify(source, at, block.at())
  }
  if (root !== undefined) {
    if (rows === 0) direct(root, 0, startSize)
    else indirect(root, 0, rows, 0)
  }

  return (id) => {
    const part = id.part(idSize)
    const kind = part.uint(1)
    if (kind & 0x30) throw conversionError('The HDF5 file keeps a name or attribute outside of its heap, which is not supported.')
    const [offset, length] = [part.uint(offsetSize), part.uint(lengthSize)]
    const extent = extents.find((block) => offset >= block.offset && offset + length <= block.offset + block.size)
    if (!extent) throw damaged(`the heap at byte ${address} has nothing at ${offset}`)
    const start = extent.address + offset - extent.offset
    return cursorAt(source, start, start + length)
  }
}
