import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { GROUP } from './sample.ts'

/** The square of a face in the sample photo of a group, in pixels. */
const FACE = { left: 560, top: 260, width: 440, height: 440 }

/** Returns a JPEG of `across` × `across` copies of one face, each of `side` pixels. */
export async function crowd (across: number, side: number): Promise<Buffer> {
  const { data } = await sharp(await readFile(GROUP)).extract(FACE).resize(side, side).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const row = Buffer.concat(Array.from({ length: side }, (_, y) => repeated(data.subarray(y * side * 3, (y + 1) * side * 3), across)))
  return await sharp(repeated(row, across), { raw: { width: across * side, height: across * side, channels: 3 } }).jpeg({ quality: 60 }).toBuffer()
}

const repeated = (bytes: Buffer, times: number): Buffer => Buffer.concat(new Array<Buffer>(times).fill(bytes))
