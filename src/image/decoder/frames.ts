import type { Readable, Writable } from 'node:stream'

/** A message between processes: a few values, and bytes that are copied as little as possible. */
export interface Frame<Head> {
  readonly head: Head
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A frame begins with the lengths of its head, as JSON, and of its bytes: two 32-bit integers, little-endian. */
const PREFIX = 8

export function writeFrame (stream: Writable, head: object, bytes: Uint8Array): void {
  const json = Buffer.from(JSON.stringify(head))
  const prefix = Buffer.alloc(PREFIX)
  prefix.writeUInt32LE(json.length, 0)
  prefix.writeUInt32LE(bytes.length, 4)
  stream.write(Buffer.concat([prefix, json]))
  if (bytes.length > 0) stream.write(bytes)
}

/** Yields the frames of a stream, each with memory of its own; one that is cut off at the end is dropped. */
export async function * framesOf<Head> (stream: Readable): AsyncGenerator<Frame<Head>> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest: Uint8Array = new Uint8Array(0)

  /** Returns the next bytes; undefined when the stream ends before. */
  async function take (length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const taken = new Uint8Array(length)
    for (let filled = 0; filled < length;) {
      if (rest.length === 0) {
        const { done, value } = await chunks.next()
        if (done) return undefined
        rest = value
      }
      const part = rest.subarray(0, length - filled)
      taken.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
    return taken
  }

  for (;;) {
    const prefix = await take(PREFIX)
    const lengths = prefix && new DataView(prefix.buffer)
    const json = lengths && await take(lengths.getUint32(0, true))
    const bytes = json && await take(lengths.getUint32(4, true))
    if (!bytes) return
    yield { head: JSON.parse(new TextDecoder().decode(json)) as Head, bytes }
  }
}
