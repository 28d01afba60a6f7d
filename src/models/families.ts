import type { AntiSpoofing } from '../pipelines/contract.ts'
import { landmarkFinder } from '../pipelines/native/refine.ts'
import { centerface, nativeCenterface } from './centerface/centerface.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './deepface-attributes/deepface-attributes.ts'
import { dlib } from './dlib/dlib-detector.ts'
import { emotion } from './emotion/emotion.ts'
import { faceres } from './faceres/faceres.ts'
import type { AttributesByPipeline, DetectorByPipeline, Family, RecogniserFamily } from './family.ts'
import { gear } from './gear/gear.ts'
import { mediapipe } from './mediapipe/mediapipe.ts'
import { minifasnet } from './minifasnet/minifasnet.ts'
import { fastMtcnn } from './mtcnn/fast-mtcnn.ts'
import { mtcnn } from './mtcnn/mtcnn.ts'
import { openNets } from './mtcnn/nets.ts'
import { fromCanvasDetector } from './native-detector.ts'
import { eyeFinder, opencv } from './opencv/opencv-cascades.ts'
import { recognition } from './recognition/recognition.ts'
import { detectOnce } from './retinaface/detect-once.ts'
import { retinafaceResnet50 } from './retinaface/retinaface-resnet50.ts'
import { retinaface } from './retinaface/retinaface.ts'
import { ssd } from './ssd/ssd.ts'
import { yolo } from './yolo/yolo.ts'
import { nativeYunet, detectOnce as yunetScanner, yunet } from './yunet/yunet.ts'

/** The adapter of each family, one line a family; see `family.ts`. */
export const detectors: Readonly<Record<string, Family<DetectorByPipeline>>> = {
  retinaface: async (files) => {
    const session = await files.session()
    return { native: retinaface(session), rotated: retinaface(session, { rotated: true }), findLandmarks: landmarkFinder(detectOnce(session)) }
  },
  'retinaface-resnet50': async (files) => ({ deepface: retinafaceResnet50(await files.session()) }),
  ssd: async (files) => ({ deepface: ssd(await files.session(), eyeFinder(await files.text('eye'))) }),
  opencv: async (files) => ({ deepface: opencv(await files.text(), await files.text('eye')) }),
  yunet: async (files) => {
    const session = await files.session()
    return { native: nativeYunet(session), deepface: yunet(session), findLandmarks: landmarkFinder(yunetScanner(session)) }
  },
  centerface: async (files) => {
    const session = await files.session()
    return { native: nativeCenterface(session), deepface: centerface(session) }
  },
  mediapipe: async (files) => {
    const session = await files.session()
    return { native: fromCanvasDetector(mediapipe(session, 'rgb')), deepface: mediapipe(session, 'bgr') }
  },
  dlib: async (files) => dlib(await files.session(), await files.bytes('landmarks')),
  mtcnn: async (files) => mtcnn(await openNets(files)),
  fastmtcnn: async (files) => fastMtcnn(await openNets(files)),
  yolo: async (files) => yolo(await files.session(), eyeFinder(await files.text('eye')))
}
export const recognisers: Readonly<Record<string, RecogniserFamily>> = { recognition }
export const attributes: Readonly<Record<string, Family<AttributesByPipeline>>> = {
  faceres: async (files) => ({ native: faceres(await files.session()) }),
  gear: async (files) => ({ native: gear(await files.session()) }),
  emotion: async (files) => ({ native: emotion(await files.session()) }),
  'deepface-age': deepfaceAge,
  'deepface-gender': deepfaceGender,
  'deepface-race': deepfaceRace,
  'deepface-emotion': deepfaceEmotion
}
/** A model of several networks is one card with `parts`. */
export const antiSpoofing: Readonly<Record<string, Family<AntiSpoofing>>> = {
  minifasnet: async (files) => minifasnet({ v2: await files.session(), v1se: await files.session('v1se') })
}
