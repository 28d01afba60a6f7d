import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { orMissing } from '../../system/errno.ts'

/** Layout of a write-ahead log (https://sqlite.org/fileformat2.html#walformat). */
const MAGIC = 0x377f0682
const HEADER = 32
const FRAME_HEADER = 24
/** Bytes read at a time, about. */
const CHUNK = 4 * 2 ** 20

/** A process that writes meanwhile may be seen in the middle of it: damage is damage when it is found as often as this, so far apart. */
const TRIES = 3
const RETRY_MS = 50

/** Two sums of 32 bits over words of the log, each pair of words on top of the pair before. */
type Sums = readonly [number, number]

/**
 * Returns the number of commits in a write-ahead log that SQLite would drop in silence, because something before them is damaged; 0 when
 * there are none.
 *
 * SQLite reads a log up to the first frame whose checksum is wrong. That is right for a commit that was being written when the process was
 * killed or the power failed. But every commit waits until it is on the disk, so that another one behind the bad frame means that the bad
 * frame was good once. A commit is found by its chain: each frame's checksum continues that of the frame before it.
 */
export async function lostCommits (path: string): Promise<number> {
  let lost = 0
  for (let tries = 1; tries <= TRIES; tries++) {
    const file = await orMissing(open(path, 'r'))
    if (!file) return 0
    try {
      lost = await lostCommitsOf(file)
    } finally {
      await file.close()
    }
    if (lost === 0) return 0
    if (tries < TRIES) await wait(RETRY_MS)
  }
  return lost
}

async function lostCommitsOf (file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  if (size <= HEADER) return 0
  const header = Buffer.alloc(HEADER)
  await file.read(header, 0, HEADER, 0)
  const pageSize = header.readUInt32BE(8)
  const isBigEndian = (header.readUInt32BE(0) & 1) === 1
  const sums = checksum(header.subarray(0, 24), [0, 0], isBigEndian)
  const isWhole = (header.readUInt32BE(0) & ~1) === MAGIC && sums[0] === header.readUInt32BE(24) && sums[1] === header.readUInt32BE(28)
  // The header is on the disk before the first frame is written. Zeros are what a file system shows of a file that it was still making.
  if (!isWhole) return header.every((byte) => byte === 0) && await isZero(file, size) ? 0 : 1
  return await lostInFrames(file, size, { pageSize, isBigEndian, salts: header.subarray(16, 24), sums })
}

interface Log {
  readonly pageSize: number
  readonly isBigEndian: boolean
  readonly salts: Buffer
  readonly sums: Sums
}

async function lostInFrames (file: FileHandle, size: number, { pageSize, isBigEndian, salts, sums: first }: Log): Promise<number> {
  const frameSize = FRAME_HEADER + pageSize
  const frames = Math.floor((size - HEADER) / frameSize)
  const many = Math.max(1, Math.floor(CHUNK / frameSize))
  const buffer = Buffer.alloc(many * frameSize)
  let sums = first
  let isGood = true
  /** Commits of the unbroken chain that is being read behind the first bad frame, and whether frames follow its first commit. */
  let chain = { commits: 0, isContinued: false }
  let lost = 0

  for (let from = 0; from < frames; from += many) {
    const count = Math.min(many, frames - from)
    await file.read(buffer, 0, count * frameSize, HEADER + from * frameSize)
    for (let i = 0; i < count; i++) {
      const frame = buffer.subarray(i * frameSize, (i + 1) * frameSize)
      const stored: Sums = [frame.readUInt32BE(16), frame.readUInt32BE(20)]
      const isOfThisLog = frame.subarray(8, 16).equals(salts)
      const found = isOfThisLog ? checksum(frame.subarray(FRAME_HEADER), checksum(frame.subarray(0, 8), sums, isBigEndian), isBigEndian) : undefined
      const follows = found !== undefined && found[0] === stored[0] && found[1] === stored[1]
      sums = stored
      if (isGood && follows) continue
      isGood = false
      // A chain of one commit may be the remainder of one that failed, and was written over from its beginning.
      if (!follows) chain = { commits: 0, isContinued: false }
      else {
        if (chain.commits > 0) chain.isContinued = true
        if (frame.readUInt32BE(4) !== 0) chain.commits++
        if (chain.isContinued) lost = Math.max(lost, chain.commits)
      }
    }
  }
  return lost
}

/** Continues the checksum of a log over `bytes`, whose number is a multiple of 8. */
function checksum (bytes: Buffer, [first, second]: Sums, isBigEndian: boolean): Sums {
  let [a, b] = [first, second]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.byteLength; at += 8) {
    a = (a + view.getUint32(at, !isBigEndian) + b) >>> 0
    b = (b + view.getUint32(at + 4, !isBigEndian) + a) >>> 0
  }
  return [a, b]
}

async function isZero (file: FileHandle, size: number): Promise<boolean> {
  const buffer = Buffer.alloc(CHUNK)
  for (let at = 0; at < size; at += CHUNK) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at)
    if (buffer.subarray(0, bytesRead).some((byte) => byte !== 0)) return false
  }
  return true
}
