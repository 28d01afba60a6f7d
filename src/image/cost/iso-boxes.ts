/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2): its type and its content, without the header. */
export interface Box {
  readonly type: string
  readonly content: DataView
}

/** Most boxes that are read on one level; files of cameras have some dozens, a grid of 256 tiles some hundreds. */
const MOST_BOXES = 10_000

/** Returns the boxes in `view`, one level deep. What follows a box of impossible size is left out. */
export function boxesIn (view: DataView, from = 0): Box[] {
  const boxes: Box[] = []
  for (let at = from; at + 8 <= view.byteLength && boxes.length < MOST_BOXES;) {
    const stated = view.getUint32(at)
    const isLarge = stated === 1
    if (isLarge && at + 16 > view.byteLength) break
    const header = isLarge ? 16 : 8
    // 0: up to the end of the file. Sizes of 2 ** 53 and more end the loop like all that are too large.
    const size = stated === 0 ? view.byteLength - at : isLarge ? Number(view.getBigUint64(at + 8)) : stated
    if (size < header || at + size > view.byteLength) break
    boxes.push({ type: typeAt(view, at + 4), content: part(view, at + header, size - header) })
    at += size
  }
  return boxes
}

/** Returns the content of the first box of `type`. */
export const boxOf = (boxes: readonly Box[], type: string): DataView | undefined => boxes.find((box) => box.type === type)?.content

/** Four characters, such as `grid`. */
export const typeAt = (view: DataView, at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))

const part = (view: DataView, from: number, length: number): DataView => new DataView(view.buffer, view.byteOffset + from, length)
