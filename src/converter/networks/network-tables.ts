import { conversionError } from '../conversion-error.ts'
import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { DlibNetwork } from '../importers/dlib/network.ts'
import type { Network } from '../importers/keras/import-keras.ts'
import { arcFace } from './arcface.ts'
import { emotion } from './deepface-emotion.ts'
import { deepId } from './deepid.ts'
import { dlibResnet } from './dlib-resnet.ts'
import { facenet, facenet512 } from './facenet.ts'
import { fbDeepFace } from './fb-deepface.ts'
import { ghostFaceNet } from './ghostfacenet.ts'
import { miniXception } from './mini-xception.ts'
import { miniFasNet } from './minifasnet.ts'
import { MTCNN, type MtcnnName } from './mtcnn-nets.ts'
import { fromFacenet, fromFacenetPytorch, fromMtcnn0, fromMtcnn1, type MtcnnWeights } from './mtcnn-weights.ts'
import { mtcnn } from './mtcnn.ts'
import { openFace } from './openface.ts'
import { retinaFace } from './retinaface.ts'
import { age, gender, race, vggFace } from './vgg-face.ts'
import { YOLO, yolo, type YoloName } from './yolo.ts'

/** Architectures for files that hold weights alone, by the name in a card (`GraphConversion.network`), one table for each format. */
const KERAS: Readonly<Record<string, Network>> = {
  arcface: arcFace,
  deepid: deepId,
  facenet,
  facenet512,
  'fb-deepface': fbDeepFace,
  ghostfacenet: ghostFaceNet,
  openface: openFace,
  'vgg-face': vggFace,
  age,
  gender,
  race,
  emotion,
  'mini-xception': miniXception,
  retinaface: retinaFace
}
const DLIB: Readonly<Record<string, (network: DlibNetwork) => Graph>> = { 'dlib-resnet': dlibResnet }
const TORCH: Readonly<Record<string, (weights: ReadonlyMap<string, Tensor>) => Graph>> = {
  'minifasnet-v2': (weights) => miniFasNet(weights, 'MiniFASNetV2'),
  'minifasnet-v1se': (weights) => miniFasNet(weights, 'MiniFASNetV1SE'),
  ...mtcnns('facenet-pytorch', fromFacenetPytorch),
  ...Object.fromEntries((Object.keys(YOLO) as YoloName[]).map((name) => [name, (weights: ReadonlyMap<string, Tensor>) => yolo(weights, name)]))
}
const JOBLIB = mtcnns('mtcnn-1', fromMtcnn1)
const NUMPY = { ...mtcnns('mtcnn-0', fromMtcnn0), ...mtcnns('facenet', fromFacenet) }

/** MTCNN's three networks with the weights of one project: `facenet-pnet`, `facenet-rnet`, `facenet-onet`. */
function mtcnns<T> (project: string, weights: (file: T, name: MtcnnName) => MtcnnWeights): Record<string, (file: T) => Graph> {
  const names = Object.keys(MTCNN) as MtcnnName[]
  return Object.fromEntries(names.map((name) => [`${project}-${name.toLowerCase()}`, (file: T) => mtcnn(name, weights(file, name))]))
}

/** Returns a function that looks up the architecture named in a card. @throws {Error} ConversionError when there is none. */
const named = <T>(networks: Readonly<Record<string, T>>) => (name = ''): T => {
  const found = Object.hasOwn(networks, name) ? networks[name] : undefined
  if (!found) throw conversionError(`There is no network ${name}; there are ${Object.keys(networks).join(', ')}.`)
  return found
}

export const kerasNetwork = named(KERAS)
export const dlibNetwork = named(DLIB)
export const torchNetwork = named(TORCH)
export const joblibNetwork = named(JOBLIB)
export const numpyNetwork = named(NUMPY)
