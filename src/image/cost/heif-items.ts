import { boxesIn, boxOf, typeAt } from './iso-boxes.ts'

/** The pictures of a HEIF file such as AVIF (ISO/IEC 23008-12), as far as they tell what decoding costs. */
export interface HeifItems {
  readonly primary: number | undefined
  /** Type by item: `av01` for coded pictures, `grid` and others for pictures made of others. */
  readonly types: ReadonlyMap<number, string>
  /** Stated number of pixels by item. */
  readonly pixels: ReadonlyMap<number, number>
  /** Items that an item is made of (`dimg`), each as often as it is named. */
  readonly parts: ReadonlyMap<number, readonly number[]>
  /** Items that belong to an item (`auxl`): its transparency, for one. */
  readonly auxiliaries: ReadonlyMap<number, readonly number[]>
}

/**
 * Reads the items of a HEIF file. Undefined when they cannot be read; a decoder then will hardly do it either.
 */
export function readHeifItems (bytes: Uint8Array): HeifItems | undefined {
  try {
    const meta = boxOf(boxesIn(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)), 'meta')
    // A full box: version and flags come first.
    return meta && readMeta(boxesIn(meta, 4))
  } catch (error) {
    // A field beyond the end of its box.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

type Boxes = ReturnType<typeof boxesIn>

function readMeta (boxes: Boxes): HeifItems {
  const pitm = boxOf(boxes, 'pitm')
  const references = readReferences(boxOf(boxes, 'iref'))
  return {
    primary: pitm && (pitm.getUint8(0) === 0 ? pitm.getUint16(4) : pitm.getUint32(4)),
    types: readTypes(boxOf(boxes, 'iinf')),
    pixels: readPixels(boxOf(boxes, 'iprp')),
    parts: grouped(references.filter(({ type }) => type === 'dimg').map(({ from, to }) => [from, to])),
    // An auxiliary item refers to its master.
    auxiliaries: grouped(references.filter(({ type }) => type === 'auxl').flatMap(({ from, to }) => to.map((master) => [master, [from]] as const)))
  }
}

function readTypes (iinf: DataView | undefined): Map<number, string> {
  const types = new Map<number, string>()
  if (!iinf) return types
  for (const { type, content } of boxesIn(iinf, iinf.getUint8(0) === 0 ? 6 : 8)) {
    if (type !== 'infe') continue
    const isLong = content.getUint8(0) === 3
    types.set(isLong ? content.getUint32(4) : content.getUint16(4), typeAt(content, isLong ? 10 : 8))
  }
  return types
}

/** Item properties: a list of them (`ipco`), and for each item the numbers of its own in that list (`ipma`), counted from 1. */
function readPixels (iprp: DataView | undefined): Map<number, number> {
  const pixels = new Map<number, number>()
  const boxes = iprp ? boxesIn(iprp) : []
  const properties = boxesIn(boxOf(boxes, 'ipco') ?? new DataView(new ArrayBuffer(0)))
  for (const { type, content } of boxes) {
    if (type !== 'ipma') continue
    const [version, flags] = [content.getUint8(0), content.getUint8(3)]
    const count = content.getUint32(4)
    let at = 8
    for (let i = 0; i < count; i++) {
      const item = version === 0 ? content.getUint16(at) : content.getUint32(at)
      at += version === 0 ? 2 : 4
      for (let left = content.getUint8(at++); left > 0; left--) {
        const index = flags & 1 ? content.getUint16(at) & 0x7fff : content.getUint8(at) & 0x7f
        at += flags & 1 ? 2 : 1
        const property = properties[index - 1]
        if (property?.type === 'ispe') pixels.set(item, property.content.getUint32(4) * property.content.getUint32(8))
      }
    }
  }
  return pixels
}

interface Reference {
  readonly type: string
  readonly from: number
  readonly to: readonly number[]
}

function readReferences (iref: DataView | undefined): Reference[] {
  if (!iref) return []
  const isLong = iref.getUint8(0) !== 0
  const size = isLong ? 4 : 2
  const id = (view: DataView, at: number): number => isLong ? view.getUint32(at) : view.getUint16(at)
  return boxesIn(iref, 4).map(({ type, content }) => {
    const count = content.getUint16(size)
    return { type, from: id(content, 0), to: Array.from({ length: count }, (_, i) => id(content, size + 2 + i * size)) }
  })
}

function grouped (entries: ReadonlyArray<readonly [number, readonly number[]]>): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [key, values] of entries) {
    const group = groups.get(key) ?? []
    groups.set(key, group)
    for (const value of values) group.push(value)
  }
  return groups
}
