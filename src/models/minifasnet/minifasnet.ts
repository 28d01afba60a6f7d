import type { Image } from '../../image/image.ts'
import type { Box } from '../../math/box.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { AntiSpoofing, Liveness } from '../../pipelines/contract.ts'
import { FACES_AT_ONCE } from '../../pipelines/faces-at-once.ts'
import { cropContext, SCALES, SIZE } from './crop-context.ts'

/** The class of a face in front of the camera; the others are prints and screens. */
const REAL = 1
const CLASSES = 3

/**
 * The two MiniFASNets of Silent-Face-Anti-Spoofing (Minivision, 2020), as DeepFace 0.0.100 combines them (`FasNet.py`): their softmaxes
 * are added, the class with the largest sum wins, and half of that sum is the score.
 *
 * Input uint8[n, 80, 80, 3] RGB. Output `probabilities` float32[n, 3]: print, real, screen.
 */
export function minifasnet (sessions: Readonly<Record<keyof typeof SCALES, Session>>): AntiSpoofing {
  const networks = Object.entries(SCALES).map(([name, scale]) => ({ session: sessions[name as keyof typeof SCALES], scale }))
  return {
    async checkLiveness (image, boxes) {
      const softmaxes = await Promise.all(networks.map(({ session, scale }) => classify(session, image, boxes, scale)))
      return boxes.map((_, i) => verdict(softmaxes.map((ofNetwork) => ofNetwork[i]!)))
    }
  }
}

/** Probabilities of the three classes for each face. */
async function classify (session: Session, image: Image, boxes: readonly Box[], scale: number): Promise<Float32Array[]> {
  const found: Float32Array[] = []
  for (let start = 0; start < boxes.length; start += FACES_AT_ONCE) {
    const batch = boxes.slice(start, start + FACES_AT_ONCE)
    const pixels = new Uint8Array(batch.length * SIZE * SIZE * 3)
    for (const [i, box] of batch.entries()) pixels.set(cropContext(image, box, scale).data, i * SIZE * SIZE * 3)
    const { data } = output(await session.run(pixels, [batch.length, SIZE, SIZE, 3]), 'probabilities')
    for (const i of batch.keys()) found.push(data.slice(i * CLASSES, (i + 1) * CLASSES))
  }
  return found
}

function verdict (softmaxes: readonly Float32Array[]): Liveness {
  const sums = Array.from({ length: CLASSES }, (_, i) => softmaxes.reduce((sum, softmax) => sum + softmax[i]!, 0))
  const most = Math.max(...sums)
  return { isReal: sums.indexOf(most) === REAL, score: most / softmaxes.length }
}
