import type { AntiSpoofing, MeshModel } from '../pipelines/contract.ts'
import { landmarkFinder, landmarksAgain } from '../pipelines/native/refine.ts'
import type { CatalogueCard, FamilyOf } from './catalogue.ts'
import { centerface, detectOnce as centerfaceOnce, nativeCenterface } from './centerface/centerface.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './deepface-attributes/deepface-attributes.ts'
import { dlib } from './dlib/dlib-detector.ts'
import { emotion } from './emotion/emotion.ts'
import { faceres } from './faceres/faceres.ts'
import type { AttributesByPipeline, DetectorByPipeline, Family, ModelFiles, OpenedModel, RecogniserFamily } from './family.ts'
import { gear } from './gear/gear.ts'
import { mediapipe, TILES as MEDIAPIPE_TILES } from './mediapipe/mediapipe.ts'
import { faceLandmarker, faceMesh } from './mesh/mesh.ts'
import { minifasnet } from './minifasnet/minifasnet.ts'
import { fastMtcnn } from './mtcnn/fast-mtcnn.ts'
import { mtcnn } from './mtcnn/mtcnn.ts'
import { openNets } from './mtcnn/nets.ts'
import { fromCanvasDetector } from './native-detector.ts'
import { eyeFinder, opencv } from './opencv/opencv-cascades.ts'
import { recognition } from './recognition/recognition.ts'
import { detectOnce as retinafaceOnce } from './retinaface/detect-once.ts'
import { retinafaceResnet50 } from './retinaface/retinaface-resnet50.ts'
import { retinaface } from './retinaface/retinaface.ts'
import { onShrunkCanvas, PICTURE_LIMIT } from './shrunk-canvas.ts'
import { ssd, TILES as SSD_TILES } from './ssd/ssd.ts'
import { yolo } from './yolo/yolo.ts'
import { yunetMesh } from './yunet/yunet-mesh.ts'
import { nativeYunet, detectOnce as yunetOnce, yunet } from './yunet/yunet.ts'

/** The adapter of each family that a card names, see `family.ts`; a missing one does not compile. */
const detectors: Readonly<Record<FamilyOf<'detection'>, Family<DetectorByPipeline>>> = {
  retinaface: async (files) => {
    const session = await files.session()
    return { native: retinaface(session), rotated: retinaface(session, { rotated: true }), findLandmarks: landmarkFinder(retinafaceOnce(session)) }
  },
  'retinaface-resnet50': async (files) => ({ deepface: retinafaceResnet50(await files.session()) }),
  ssd: async (files) => {
    const deepface = ssd(await files.session(), eyeFinder(await files.text('eye')))
    return { native: fromCanvasDetector(deepface, SSD_TILES), deepface }
  },
  opencv: async (files) => {
    const cascades = opencv(await files.text(), await files.text('eye'))
    return { native: fromCanvasDetector(cascades), deepface: { ...cascades, find: onShrunkCanvas(cascades.find, PICTURE_LIMIT) } }
  },
  yunet: async (files) => {
    const session = await files.session()
    return { native: nativeYunet(session), deepface: yunet(session), findLandmarks: landmarkFinder(yunetOnce(session)) }
  },
  'yunet-mesh': async (files) => yunetMesh(await files.session()),
  centerface: async (files) => {
    const session = await files.session()
    return { native: nativeCenterface(session), deepface: centerface(session), findLandmarks: landmarksAgain(centerfaceOnce(session)) }
  },
  mediapipe: async (files) => {
    const session = await files.session()
    return { native: fromCanvasDetector(mediapipe(session, 'rgb'), MEDIAPIPE_TILES), deepface: mediapipe(session, 'bgr') }
  },
  dlib: async (files) => dlib(await files.session(), await files.bytes('landmarks')),
  mtcnn: async (files) => mtcnn(await openNets(files)),
  fastmtcnn: async (files) => fastMtcnn(await openNets(files)),
  yolo: async (files) => yolo(await files.session(), eyeFinder(await files.text('eye')))
}

const recognisers: Readonly<Record<FamilyOf<'recognition'>, RecogniserFamily>> = { recognition }

const landmarks: Readonly<Record<FamilyOf<'landmarks'>, Family<MeshModel>>> = {
  'face-landmarker': async (files) => faceLandmarker(await files.session(), await files.session('blendshapes')),
  'face-mesh': async (files) => faceMesh(await files.session())
}

const attributes: Readonly<Record<FamilyOf<'attributes'>, Family<AttributesByPipeline>>> = {
  faceres: async (files) => ({ native: faceres(await files.session()) }),
  gear: async (files) => ({ native: gear(await files.session()) }),
  emotion: async (files) => ({ native: emotion([await files.session(), await files.session('xception')]) }),
  'deepface-age': deepfaceAge,
  'deepface-gender': deepfaceGender,
  'deepface-race': deepfaceRace,
  'deepface-emotion': deepfaceEmotion
}

/** A model of several networks is one card with `parts`, such as MiniFASNet. */
const antiSpoofing: Readonly<Record<FamilyOf<'anti-spoofing'>, Family<AntiSpoofing>>> = {
  minifasnet: async (files) => minifasnet({ v2: await files.session(), v1se: await files.session('v1se') })
}

/** Opens the model of `card` from its files with the adapter of its family. @throws whatever opening or reading a file throws. */
export function openFamily (files: ModelFiles, card: CatalogueCard): Promise<OpenedModel> {
  switch (card.task) {
    case 'detection': return detectors[card.family](files, card)
    case 'recognition': return recognisers[card.family](files, card)
    case 'landmarks': return landmarks[card.family](files, card)
    case 'attributes': return attributes[card.family](files, card)
    case 'anti-spoofing': return antiSpoofing[card.family](files, card)
  }
}
