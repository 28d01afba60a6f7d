import { conversionError } from '../../../conversion-error.ts'
import { elements } from '../../../graph/tensor.ts'
import { verify } from './checksum.ts'
import { type Cursor, damaged, type Source, structureAt } from './hdf5-cursor.ts'

/** One stored chunk. `offset` is the index of its first element in the dataset. */
export interface Chunk {
  readonly offset: readonly number[]
  readonly address: number
  readonly size: number
  /** Bit i is set when filter i was not applied. */
  readonly mask: number
}

/** Shapes of a dataset and of its chunks. */
export interface Grid {
  readonly dims: readonly number[]
  readonly chunk: readonly number[]
  readonly elementSize: number
  readonly filtered: boolean
}

/** Reads the chunks of a version 1 B-tree. Format Specification 3.0, III.A.1. */
export function chunksOfBTree (source: Source, root: number | undefined, { dims }: Grid): Chunk[] {
  const chunks: Chunk[] = []
  const seen = new Set<number>()
  const visit = (address: number | undefined, above: number | undefined): void => {
    const node = structureAt(source, address, 'TREE')
    const [type, level, count] = [node.uint(1), node.uint(1), node.uint(2)]
    if (seen.has(address!) || type !== 1 || (above !== undefined && level !== above - 1)) throw damaged(`the tree node at byte ${address} is none of chunks`)
    seen.add(address!)
    node.take(2 * source.addressSize)
    for (let i = 0; i < count; i++) {
      const [size, mask] = [node.uint(4), node.uint(4)]
      const offset = dims.map(() => node.uint(8))
      node.take(8)
      const child = node.address()
      if (child === undefined) throw damaged(`the tree node at byte ${address} leads nowhere`)
      if (level > 0) visit(child, level)
      else chunks.push({ offset, address: child, size, mask })
    }
  }
  if (root !== undefined) visit(root, undefined)
  return chunks
}

const [SINGLE, IMPLICIT, FIXED_ARRAY] = [1, 2, 3] as const

/**
 * Reads the chunk index of a version 4 layout message; `message` is positioned after the chunk sizes. Indexes of extensible datasets are
 * not supported. Format Specification 3.0, IV.A.2.i and VII.
 * @throws {Error} ConversionError when the index is damaged or of another kind.
 */
export function chunksOfIndex (source: Source, message: Cursor, flags: number, grid: Grid): Chunk[] {
  const chunkSize = elements(grid.chunk) * grid.elementSize
  const perAxis = grid.dims.map((dim, i) => Math.ceil(dim / grid.chunk[i]!))
  const offsetOf = (index: number): number[] => {
    const offset: number[] = []
    for (let axis = perAxis.length - 1, rest = index; axis >= 0; axis--) {
      offset.unshift(rest % perAxis[axis]! * grid.chunk[axis]!)
      rest = Math.floor(rest / perAxis[axis]!)
    }
    return offset
  }
  const index = message.uint(1)
  if (index === SINGLE) {
    const [size, mask] = flags & 0x02 ? [message.length(), message.uint(4)] : [chunkSize, 0]
    return existing([{ offset: offsetOf(0), address: message.address(), size, mask }])
  }
  if (index === IMPLICIT) {
    const address = message.address()
    if (address === undefined) return []
    const count = elements(perAxis)
    if (count * chunkSize > source.bytes.length) throw damaged(`${count} chunks of ${chunkSize} bytes cannot lie in the file`)
    return Array.from({ length: count }, (_, i) => ({ offset: offsetOf(i), address: address + i * chunkSize, size: chunkSize, mask: 0 }))
  }
  if (index === FIXED_ARRAY) {
    message.take(1)
    return existing(fixedArray(source, message.address(), chunkSize, grid.filtered).map((entry, i) => ({ offset: offsetOf(i), ...entry })))
  }
  throw conversionError('The HDF5 file has datasets that can grow. Save the weights again without maxshape.')
}

type Entry = Omit<Chunk, 'offset' | 'address'> & { readonly address: number | undefined }

const existing = (chunks: ReadonlyArray<Entry & Pick<Chunk, 'offset'>>): Chunk[] =>
  chunks.filter((chunk): chunk is Chunk => chunk.address !== undefined)

/** Reads the entries of a fixed array, which is paged when it is long. Format Specification 3.0, VII.C. */
function fixedArray (source: Source, address: number | undefined, chunkSize: number, filtered: boolean): Entry[] {
  if (address === undefined) return []
  const header = structureAt(source, address, 'FAHD')
  header.take(2)
  const [entrySize, pageBits, count] = [header.uint(1), header.uint(1), header.length()]
  const start = header.address()
  verify(source, address, header.at())
  const sizeOfSize = entrySize - source.addressSize - 4
  const fits = filtered ? sizeOfSize >= 1 && sizeOfSize <= 8 : entrySize === source.addressSize
  if (!fits || count * entrySize > source.bytes.length || pageBits > 31) throw damaged(`the list of chunks at byte ${address} has impossible sizes`)
  if (start === undefined) return []
  const block = structureAt(source, start, 'FADB')
  block.take(2 + source.addressSize)
  const page = 2 ** pageBits
  const pages = count > page ? Math.ceil(count / page) : 0
  if (pages > 0) {
    block.take(Math.ceil(pages / 8))
    verify(source, start, block.at())
    block.take(4)
  }
  const entries: Entry[] = []
  let from = pages > 0 ? block.at() : start
  for (let i = 0; i < count; i++) {
    const entry = block.address()
    const [size, mask] = filtered ? [block.uint(sizeOfSize), block.uint(4)] : [chunkSize, 0]
    entries.push({ address: entry, size, mask })
    const endOfPage = pages > 0 && (i + 1) % page === 0
    if (!endOfPage && i !== count - 1) continue
    verify(source, from, block.at())
    block.take(4)
    from = block.at()
  }
  return entries
}
