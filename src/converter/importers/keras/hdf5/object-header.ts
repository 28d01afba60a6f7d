import { conversionError } from '../../../conversion-error.ts'
import { verify } from './checksum.ts'
import { type Cursor, cursorAt, damaged, type Source, structureAt } from './hdf5-cursor.ts'

/** Header messages that we read, with their type numbers. Format Specification 3.0, IV.A.2. */
const MESSAGES = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15
} as const

export type Message = keyof typeof MESSAGES

/** Header messages of one object, in file order. */
export interface Header {
  /** Returns a new cursor over the first message of that kind; undefined when there is none. */
  readonly first: (kind: Message) => Cursor | undefined
  readonly all: (kind: Message) => Cursor[]
}

interface Block { readonly start: number, readonly end: number }

/** Reads the header of the object at `address`. */
export function readHeader (source: Source, address: number): Header {
  const version = cursorAt(source, address).uint(1)
  const found = version === 1 ? readVersion1(source, address) : readVersion2(source, address)
  const cursorOf = ({ type, start, end, shared }: Found): Cursor => {
    if (shared) throw conversionError(`The HDF5 file shares header messages (type ${type}), which is not supported.`)
    return cursorAt(source, start, end)
  }
  return {
    first (kind) {
      const message = found.find(({ type }) => type === MESSAGES[kind])
      return message && cursorOf(message)
    },
    all: (kind) => found.filter(({ type }) => type === MESSAGES[kind]).map(cursorOf)
  }
}

interface Found extends Block { readonly type: number, readonly shared: boolean }

function readVersion1 (source: Source, address: number): Found[] {
  const prefix = cursorAt(source, address)
  prefix.take(8)
  const size = prefix.uint(4)
  prefix.take(4)
  const start = prefix.at()
  return readBlocks(source, { start, end: start + size }, (block) => block, 8, (cursor) => {
    const [type, length, flags] = [cursor.uint(2), cursor.uint(2), cursor.uint(1)]
    cursor.take(3)
    return { type, length, flags }
  })
}

function readVersion2 (source: Source, address: number): Found[] {
  const prefix = structureAt(source, address, 'OHDR')
  const version = prefix.uint(1)
  if (version !== 2) throw damaged(`the object header at byte ${address} has version ${version}`)
  const flags = prefix.uint(1)
  prefix.take((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0))
  const size = prefix.uint(1 << (flags & 3))
  const start = prefix.at()
  verify(source, address, start + size)
  const inContinuation = ({ start, end }: Block): Block => {
    structureAt(source, start, 'OCHK')
    if (end - start < 8) throw damaged(`the header continuation at byte ${start} is too short`)
    verify(source, start, end - 4)
    return { start: start + 4, end: end - 4 }
  }
  return readBlocks(source, { start, end: start + size }, inContinuation, flags & 0x04 ? 6 : 4, (cursor) => {
    const head = { type: cursor.uint(1), length: cursor.uint(2), flags: cursor.uint(1) }
    if (flags & 0x04) cursor.take(2)
    return head
  })
}

/** Reads the messages of the first block and of the blocks that its continuation messages refer to. */
function readBlocks (source: Source, first: Block, inContinuation: (block: Block) => Block, headSize: number,
  readHead: (cursor: Cursor) => { readonly type: number, readonly length: number, readonly flags: number }): Found[] {
  const found: Found[] = []
  const blocks = [first]
  const seen = new Set<number>()
  for (const { start, end } of blocks) {
    if (seen.has(start)) throw damaged(`the object header at byte ${first.start} leads back to itself`)
    seen.add(start)
    const cursor = cursorAt(source, start, end)
    // Fewer bytes than a message head are a gap.
    while (cursor.left() >= headSize) {
      const { type, length, flags } = readHead(cursor)
      const part = cursor.part(length)
      const position = part.at()
      found.push({ type, start: position, end: position + length, shared: (flags & 0x02) !== 0 })
      if (type === MESSAGES.continuation) {
        const [to, size] = [part.address(), part.length()]
        if (to === undefined || to + size > source.bytes.length) throw damaged(`an object header goes on outside of the file, at byte ${to}`)
        blocks.push(inContinuation({ start: to, end: to + size }))
      }
    }
  }
  return found
}
