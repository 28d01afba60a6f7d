import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { openPicture } from '../src/image/picture.ts'
import type { Image } from '../src/image/image.ts'
import { SHARED } from './shared.ts'

/** Outputs of Python's DeepFace, and the photos they were made of. */
const folder = new URL('golden/', SHARED)
const photos = new URL('faces/deepface/', SHARED)

/** For tap's `skip`: false where the folder is there, else what to say. */
export const missing = existsSync(folder) && existsSync(photos) ? false : 'DeepFace’s recorded outputs (../shared/golden) are not here'

export const weight = (name: string): URL => new URL(`weights/${name}`, SHARED)

/** A record file, parsed. */
export const golden = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T

const decoded = async (url: URL): Promise<Image> => (await openPicture(await readFile(url), 50_000_000)).whole()

/** A photo, by the name the records give it. */
export const photo = (name: string): Promise<Image> => decoded(new URL(name, photos))

/** A recorded face. */
export const cropFile = (name: string): Promise<Image> => decoded(new URL(name, folder))

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
