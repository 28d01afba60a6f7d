/**
 * One thread of the baseline of `service.ts`: the code that a developer would write who needs the embeddings of a list of JPEGs and
 * nothing else. sharp decodes each at the detector's scale, ONNX Runtime runs the same two graphs with the same settings, and the largest
 * face is warped to the recogniser's crop. It has no HTTP, JSON, base64, queue, worker messages, request checks, second detector passes
 * or other formats, and uses none of the service's code except five functions that any such loop needs: the detector's anchors,
 * non-maximum suppression, the similarity transform of the landmarks, its inverse and the warp.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { warp } from '../src/image/warp.ts'
import { invert } from '../src/math/affine.ts'
import { nmsGreedy } from '../src/math/nms.ts'
import type { Landmarks } from '../src/math/point.ts'
import { similarityTransform } from '../src/math/similarity-transform.ts'
import { decodeLevel, LEVELS } from '../src/models/retinaface/anchors.ts'

export interface BareLoop {
  /** Paths of the graphs. */
  readonly detector: string
  readonly recogniser: string
  /** Positions of the landmarks in the recogniser's crop, and side of the crop in pixels. */
  readonly template: Landmarks
  readonly size: number
  readonly photos: readonly Uint8Array[]
  /** Duration of the run, in ms. */
  readonly duration: number
}

/**
 * Longest side of the detector's input and the number that its sides are multiples of; score and overlap thresholds of RetinaFace's
 * authors.
 */
const [LONGEST, MULTIPLE, SCORE, OVERLAP] = [480, 32, 0.5, 0.4]

const { detector, recogniser, template, size, photos, duration } = workerData as BareLoop
sharp.concurrency(1)
sharp.cache(false)
const open = (path: string) => InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' })
const [find, embed] = await Promise.all([open(detector), open(recogniser)])

async function once (photo: Uint8Array): Promise<Float32Array> {
  const { data, info: { width, height } } = await sharp(photo)
    .resize(LONGEST, LONGEST, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const [rows, columns] = [roundUp(height), roundUp(width)]
  const input = new Uint8Array(rows * columns * 3)
  for (let y = 0; y < height; y++) input.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * columns * 3)
  const outputs = await find.run({ image: new Tensor('uint8', input, [1, rows, columns, 3]) })
  const of = (name: string) => outputs[name] as { dims: readonly number[], data: Float32Array }
  const faces = nmsGreedy(LEVELS.flatMap((level) => decodeLevel(level, {
    scores: of(`face_rpn_cls_prob_reshape_stride${level.stride}`),
    boxes: of(`face_rpn_bbox_pred_stride${level.stride}`),
    landmarks: of(`face_rpn_landmark_pred_stride${level.stride}`)
  }, SCORE)), OVERLAP)
  const [face] = faces.sort((p, q) => q.box.w * q.box.h - p.box.w * p.box.h)

  const out = new Uint8Array(size * size * 3)
  warp({ width, height, data }, invert(similarityTransform(face!.landmarks!, template)), { width: size, height: size, out, outside: 'black' })
  const embedded = await embed.run({ image: new Tensor('uint8', out, [1, size, size, 3]) })
  return embedded[embed.outputNames[0]!]!.data as Float32Array
}

const roundUp = (length: number): number => Math.ceil(length / MULTIPLE) * MULTIPLE

for (const photo of photos) await once(photo)
parentPort!.postMessage('ready')
parentPort!.once('message', async () => {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < duration) await once(photos[count++ % photos.length]!)
  parentPort!.postMessage(count / (performance.now() - start) * 1000)
})
