import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CanvasDetector } from '../src/deepface/detector.ts'
import type { Card } from '../src/models/card.ts'
import { centerface } from '../src/models/centerface/index.ts'
import { cards as centerfaceCards } from '../src/models/centerface/cards.ts'
import { cards as mediapipeCards } from '../src/models/mediapipe/cards.ts'
import { mediapipe } from '../src/models/mediapipe/index.ts'
import { opencv } from '../src/models/opencv/index.ts'
import { cards as yunetCards } from '../src/models/yunet/cards.ts'
import { yunet } from '../src/models/yunet/index.ts'
import { convert } from '../src/onnx/convert.ts'
import { openSession, type Session } from '../src/onnx/session.ts'
import { weight } from './golden.ts'

const FILES = {
  opencv: ['haarcascade_frontalface_default.xml', 'haarcascade_eye.xml'],
  yunet: ['face_detection_yunet_2023mar.onnx'],
  centerface: ['centerface.onnx'],
  mediapipe: ['face_detection_short_range.tflite']
} as const

export type Name = keyof typeof FILES

/** For tap's `skip`: false where the weights of `name` are there, else what to say. */
export const missingWeights = (name: Name): false | string =>
  FILES[name].every((file) => existsSync(weight(file))) ? false : `the weights of ${name} (../shared/weights) are not here`

/** Opens a published graph as the service does, until the test ends. */
export async function openGraph (t: Test, card: Card): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'graph-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { name } = card.files[0]!
  const path = join(folder, name)
  writeFileSync(path, convert(card.conversion, new Map([[name, readFileSync(weight(name))]])))
  const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  return session
}

/** Every detector of the `deepface` pipeline, for claims that hold for each. */
export const NAMES = Object.keys(FILES) as Name[]

export const openOpencv = () => opencv(readFileSync(weight(FILES.opencv[0]), 'utf8'), readFileSync(weight(FILES.opencv[1]), 'utf8'))

export async function openDetector (t: Test, name: Name): Promise<CanvasDetector> {
  switch (name) {
    case 'opencv': return openOpencv()
    case 'yunet': return yunet(await openGraph(t, yunetCards[0]))
    case 'centerface': return centerface(await openGraph(t, centerfaceCards[0]))
    case 'mediapipe': return mediapipe(await openGraph(t, mediapipeCards[0]))
  }
}
