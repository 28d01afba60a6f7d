import { centerface, nativeCenterface } from './centerface/index.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './demography/index.ts'
import { onBarePicture } from './detectors.ts'
import { dlib } from './dlib/index.ts'
import { emotion } from './emotion/index.ts'
import { faceres } from './faceres/index.ts'
import type { AttributeForms, DetectorForms, Family, RecogniserFamily } from './family.ts'
import { gear } from './gear/index.ts'
import { mediapipe } from './mediapipe/index.ts'
import { minifasnet } from './minifasnet/index.ts'
import type { AntiSpoofing } from './model.ts'
import { fastMtcnn } from './mtcnn/fast.ts'
import { mtcnn } from './mtcnn/index.ts'
import { openNets } from './mtcnn/nets.ts'
import { eyeFinder, opencv } from './opencv/index.ts'
import { recognition } from './recognition/family.ts'
import { retinaface } from './retinaface/index.ts'
import { retinafaceResnet50 } from './retinaface/resnet50.ts'
import { scanner } from './retinaface/scan.ts'
import { ssd } from './ssd/index.ts'
import { landmarkFinder } from './upright.ts'
import { yolo } from './yolo/index.ts'
import { nativeYunet, scanner as yunetScanner, yunet } from './yunet/index.ts'

/** The adapter of each family, one line a family; see `family.ts`. */
export const detectors: Readonly<Record<string, Family<DetectorForms>>> = {
  retinaface: async (parts) => {
    const session = await parts.session()
    return { native: retinaface(session), rotated: retinaface(session, { rotated: true }), findLandmarks: landmarkFinder(scanner(session)) }
  },
  'retinaface-resnet50': async (parts) => ({ deepface: retinafaceResnet50(await parts.session()) }),
  ssd: async (parts) => ({ deepface: ssd(await parts.session(), eyeFinder(await parts.text('eye'))) }),
  opencv: async (parts) => ({ deepface: opencv(await parts.text(), await parts.text('eye')) }),
  yunet: async (parts) => {
    const session = await parts.session()
    return { native: nativeYunet(session), deepface: yunet(session), findLandmarks: landmarkFinder(yunetScanner(session)) }
  },
  centerface: async (parts) => {
    const session = await parts.session()
    return { native: nativeCenterface(session), deepface: centerface(session) }
  },
  mediapipe: async (parts) => {
    const session = await parts.session()
    return { native: onBarePicture(mediapipe(session, 'rgb')), deepface: mediapipe(session, 'bgr') }
  },
  dlib: async (parts) => dlib(await parts.session(), await parts.bytes('landmarks')),
  mtcnn: async (parts) => mtcnn(await openNets(parts)),
  fastmtcnn: async (parts) => fastMtcnn(await openNets(parts)),
  yolo: async (parts) => yolo(await parts.session(), eyeFinder(await parts.text('eye')))
}
export const recognisers: Readonly<Record<string, RecogniserFamily>> = { recognition }
export const attributes: Readonly<Record<string, Family<AttributeForms>>> = {
  faceres: async (parts) => ({ native: faceres(await parts.session()) }),
  gear: async (parts) => ({ native: gear(await parts.session()) }),
  emotion: async (parts) => ({ native: emotion(await parts.session()) }),
  'deepface-age': deepfaceAge,
  'deepface-gender': deepfaceGender,
  'deepface-race': deepfaceRace,
  'deepface-emotion': deepfaceEmotion
}
/** A model of several networks is one card with `parts`. */
export const antiSpoofing: Readonly<Record<string, Family<AntiSpoofing>>> = {
  minifasnet: async (parts) => minifasnet({ v2: await parts.session(), v1se: await parts.session('v1se') })
}
