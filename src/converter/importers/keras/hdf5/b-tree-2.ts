import { verify } from './checksum.ts'
import { type Cursor, damaged, type Source, structureAt } from './hdf5-cursor.ts'

/**
 * Reads the records of a version 2 B-tree, in order: one cursor for each record. Format Specification 3.0, III.A.2. `type` is 5 for names
 * of links, 8 for names of attributes.
 * @throws {Error} ConversionError when the tree is damaged, or holds records of another type.
 */
export function readBTree2 (source: Source, address: number | undefined, type: number): Cursor[] {
  const header = structureAt(source, address, 'BTHD')
  header.take(1)
  const found = header.uint(1)
  if (found !== type) throw damaged(`the tree at byte ${address} holds records of type ${found} instead of ${type}`)
  const [nodeSize, recordSize, depth] = [header.uint(4), header.uint(2), header.uint(2)]
  header.take(2)
  const [root, count] = [header.address(), header.uint(2)]
  header.length()
  verify(source, address!, header.at())
  const leafCapacity = Math.floor((nodeSize - 10) / recordSize)
  if (!(leafCapacity >= 1) || nodeSize > source.bytes.length) throw damaged(`the tree at byte ${address} has nodes of ${nodeSize} bytes`)
  const capacities = capacitiesOf(nodeSize, recordSize, leafCapacity, depth, source.addressSize)

  const records: Cursor[] = []
  const seen = new Set<number>()
  const visit = (node: number | undefined, size: number, level: number): void => {
    const cursor = structureAt(source, node, level === 0 ? 'BTLF' : 'BTIN')
    if (seen.has(node!)) throw damaged(`the tree at byte ${address} leads back to itself`)
    seen.add(node!)
    cursor.take(2)
    const own = Array.from({ length: size }, () => cursor.part(recordSize))
    if (level === 0) {
      verify(source, node!, cursor.at())
      records.push(...own)
      return
    }
    const below = capacities[level - 1]!
    const children = Array.from({ length: size + 1 }, () => {
      const child = { address: cursor.address(), size: cursor.uint(below.sizeOfCount) }
      if (level > 1) cursor.take(below.sizeOfTotal)
      return child
    })
    verify(source, node!, cursor.at())
    for (const [i, child] of children.entries()) {
      visit(child.address, child.size, level - 1)
      if (i < size) records.push(own[i]!)
    }
  }
  if (root !== undefined && count > 0) visit(root, count, depth)
  return records
}

/**
 * For each level, the widths in bytes of two fields in a parent: the number of records in a child, and the total number below that child.
 */
function capacitiesOf (
  nodeSize: number,
  recordSize: number,
  leafCapacity: number,
  depth: number,
  addressSize: number
): Array<{ readonly sizeOfCount: number, readonly sizeOfTotal: number }> {
  if (depth > 8) throw damaged(`a tree is ${depth} levels deep`)
  const sizeOf = (count: number): number => Math.floor(Math.log2(count) / 8) + 1
  const levels = [{ sizeOfCount: sizeOf(leafCapacity), sizeOfTotal: 0, total: leafCapacity }]
  for (let level = 1; level < depth; level++) {
    const below = levels[level - 1]!
    const pointer = addressSize + below.sizeOfCount + below.sizeOfTotal
    const capacity = Math.floor((nodeSize - 10 - pointer) / (recordSize + pointer))
    if (!(capacity >= 1)) throw damaged(`a tree has nodes of ${nodeSize} bytes`)
    const total = capacity + (capacity + 1) * below.total
    levels.push({ sizeOfCount: levels[0]!.sizeOfCount, sizeOfTotal: sizeOf(total), total })
  }
  return levels
}
