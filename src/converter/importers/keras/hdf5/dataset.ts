import { conversionError } from '../../../conversion-error.ts'
import { elements, shapeText } from '../../../graph/tensor.ts'
import { type Chunk, chunksOfBTree, chunksOfIndex, type Grid } from './chunks.ts'
import { type Filter, readFilters, unfilter } from './filters.ts'
import { type Cursor, cursorAt, damaged, type Source } from './hdf5-cursor.ts'
import type { Header } from './object-header.ts'
import { readDataspace, readDatatype } from './types.ts'

/** An array of the file. */
export interface Dataset {
  readonly dims: readonly number[]
  /**
   * Returns the float32 values as bytes, row by row: a view of the file when they are contiguous there, otherwise a new array.
   * @throws {Error} ConversionError when chunks are missing or damaged.
   */
  readonly bytes: () => Uint8Array
}

const [COMPACT, CONTIGUOUS, CHUNKED] = [0, 1, 2] as const

/**
 * Reads the dataset that `header` describes; undefined when it describes none.
 * @throws {Error} ConversionError when its elements are not little-endian float32.
 */
export function readDataset (source: Source, header: Header, path: string): Dataset | undefined {
  const [layout, datatype, dataspace] = [header.first('layout'), header.first('datatype'), header.first('dataspace')]
  if (!layout || !datatype || !dataspace) return undefined
  const type = readDatatype(datatype)
  const dims = readDataspace(dataspace)
  if (type.kind !== 'float32' || !dims) throw conversionError(`The dataset ${path} is no little-endian float32. Save the weights as float32.`)
  const size = elements(dims) * type.size
  if (!Number.isSafeInteger(size)) throw damaged(`the dataset ${path} has the shape ${shapeText(dims)}`)
  return { dims, bytes: readLayout(source, layout, { dims, elementSize: type.size, size }, readFilters(header.first('filters'))) }
}

interface Shape { readonly dims: readonly number[], readonly elementSize: number, readonly size: number }

/** Returns a function that reads the bytes. Format Specification 3.0, IV.A.2.i. */
function readLayout (source: Source, layout: Cursor, shape: Shape, filters: readonly Filter[]): () => Uint8Array {
  const version = layout.uint(1)
  if (version < 1 || version > 4) throw conversionError(`The HDF5 file has a data layout of version ${version}; versions 1 to 4 are supported.`)
  if (version < 3) return oldLayout(source, layout, shape, filters)
  const kind = layout.uint(1)
  if (kind === COMPACT) return inOnePiece(layout.take(layout.uint(2)), shape)
  if (kind === CONTIGUOUS) return contiguous(source, layout.address(), shape)
  if (kind !== CHUNKED) throw conversionError(`The HDF5 file has a data layout of kind ${kind}; compact, contiguous and chunked are supported.`)
  if (version === 3) {
    const rank = layout.uint(1)
    const root = layout.address()
    const grid = gridOf(shape, Array.from({ length: rank }, () => layout.uint(4)), filters)
    return () => assemble(source, chunksOfBTree(source, root, grid), grid, filters)
  }
  const [flags, rank, width] = [layout.uint(1), layout.uint(1), layout.uint(1)]
  if (width < 1 || width > 8) throw damaged(`the sizes of a chunk have ${width} bytes`)
  const grid = gridOf(shape, Array.from({ length: rank }, () => layout.uint(width)), filters)
  const chunks = chunksOfIndex(source, layout, flags, grid)
  return () => assemble(source, chunks, grid, filters)
}

/** Reads layout messages of HDF5 1.6.2 and older. */
function oldLayout (source: Source, layout: Cursor, shape: Shape, filters: readonly Filter[]): () => Uint8Array {
  const [rank, kind] = [layout.uint(1), layout.uint(1)]
  layout.take(5)
  const address = kind === COMPACT ? undefined : layout.address()
  const dims = Array.from({ length: rank }, () => layout.uint(4))
  if (kind === COMPACT) return inOnePiece(layout.take(layout.uint(4)), shape)
  if (kind === CONTIGUOUS) return contiguous(source, address, shape)
  const grid = gridOf(shape, dims, filters)
  return () => assemble(source, chunksOfBTree(source, address, grid), grid, filters)
}

function contiguous (source: Source, address: number | undefined, shape: Shape): () => Uint8Array {
  if (shape.size === 0) return () => new Uint8Array()
  if (address === undefined) throw conversionError(`A dataset of shape ${shapeText(shape.dims)} was never written.`)
  return inOnePiece(cursorAt(source, address).take(shape.size), shape)
}

function inOnePiece (bytes: Uint8Array, { dims, size }: Shape): () => Uint8Array {
  if (bytes.length !== size) throw damaged(`a dataset of shape ${shapeText(dims)} has ${bytes.length} bytes`)
  return () => bytes
}

/** Checks the chunk shape. In the file, the element size follows the sizes of the chunk. */
function gridOf ({ dims, elementSize }: Shape, sizes: readonly number[], filters: readonly Filter[]): Grid {
  const chunk = sizes.slice(0, -1)
  if (chunk.length !== dims.length || chunk.length === 0 || sizes.at(-1) !== elementSize || chunk.some((size) => size < 1)) {
    throw damaged(`a dataset of shape ${shapeText(dims)} has chunks of ${shapeText(sizes)}`)
  }
  return { dims, chunk, elementSize, filtered: filters.length > 0 }
}

/** Assembles a dataset from its chunks. Those at the end may extend beyond the dataset. */
function assemble (source: Source, chunks: readonly Chunk[], grid: Grid, filters: readonly Filter[]): Uint8Array {
  const { dims, chunk, elementSize } = grid
  const expected = elements(dims.map((dim, i) => Math.ceil(dim / chunk[i]!)))
  const places = new Set(chunks.map(({ offset }) => offset.join()))
  if (chunks.length !== expected || places.size !== expected) throw damaged(`a dataset of shape ${shapeText(dims)} has ${places.size} of ${expected} chunks`)
  const chunkSize = elements(chunk) * elementSize
  // Check every chunk before allocating: the stored bytes must be able to hold the promised size (deflate expands at most 1032 to 1).
  for (const { address, size } of chunks) {
    cursorAt(source, address, address + size)
    if (chunkSize > size * (filters.length > 0 ? 1032 : 1)) throw damaged(`${size} bytes cannot hold a chunk of ${chunkSize}`)
  }
  const first = chunks[0] && unfilter(source.bytes.subarray(chunks[0].address, chunks[0].address + chunks[0].size), filters, chunks[0].mask, chunkSize)
  const data = new Uint8Array(elements(dims) * elementSize)
  for (const [i, { offset, address, size, mask }] of chunks.entries()) {
    if (offset.some((start, axis) => start % chunk[axis]! !== 0 || start >= dims[axis]!)) throw damaged(`a chunk lies at ${shapeText(offset)}`)
    const values = i === 0 ? first! : unfilter(source.bytes.subarray(address, address + size), filters, mask, chunkSize)
    place(values, offset, grid, data)
  }
  return data
}

/** Copies the rows of a chunk to their places in the dataset. */
function place (values: Uint8Array, offset: readonly number[], { dims, chunk, elementSize }: Grid, data: Uint8Array): void {
  const rank = dims.length
  const inside = dims.map((dim, axis) => Math.min(chunk[axis]!, dim - offset[axis]!))
  const row = inside[rank - 1]! * elementSize
  const at = dims.map(() => 0)
  for (let rows = elements(inside.slice(0, -1)); rows > 0; rows--) {
    const [from, to] = dims.reduce(
      ([from, to], dim, axis) => [from * chunk[axis]! + at[axis]!, to * dim + offset[axis]! + at[axis]!],
      [0, 0] as [number, number])
    data.set(values.subarray(from * elementSize, from * elementSize + row), to * elementSize)
    for (let axis = rank - 2; axis >= 0 && ++at[axis]! === inside[axis]; axis--) at[axis] = 0
  }
}
