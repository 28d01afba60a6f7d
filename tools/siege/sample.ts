import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Sample photos of a devDependency (MIT): one face, and four beside each other. */
const folder = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo')
export const SAMPLE = join(folder, 'sample1.jpg')
export const GROUP = join(folder, 'sample6.jpg')
