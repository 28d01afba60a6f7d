import { centerface } from './centerface/index.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './demography/index.ts'
import { emotion } from './emotion/index.ts'
import { faceres } from './faceres/index.ts'
import type { AttributeForms, DetectorForms, Family, RecogniserFamily } from './family.ts'
import { gear } from './gear/index.ts'
import { mediapipe } from './mediapipe/index.ts'
import type { AntiSpoofing } from './model.ts'
import { fastMtcnn } from './mtcnn/fast.ts'
import { mtcnn } from './mtcnn/index.ts'
import { openNets } from './mtcnn/nets.ts'
import { opencv } from './opencv/index.ts'
import { dlibOfDeepface } from './recognition/dlib-deepface.ts'
import { recogniserFamily } from './recognition/family.ts'
import { sfaceOfDeepface } from './recognition/sface-deepface.ts'
import { buffaloOfDeepface, tensors } from './recognition/tensors.ts'
import { retinaface } from './retinaface/index.ts'
import { yunet } from './yunet/index.ts'

/** The adapter of each family, one line a family; see `family.ts`. */
export const detectors: Readonly<Record<string, Family<DetectorForms>>> = {
  retinaface: async (parts) => {
    const session = await parts.session()
    return { native: retinaface(session), rotated: retinaface(session, { rotated: true }) }
  },
  opencv: async (parts) => ({ deepface: opencv(await parts.text(), await parts.text('eye')) }),
  yunet: async (parts) => ({ deepface: yunet(await parts.session()) }),
  centerface: async (parts) => ({ deepface: centerface(await parts.session()) }),
  mediapipe: async (parts) => ({ deepface: mediapipe(await parts.session()) }),
  mtcnn: async (parts) => mtcnn(await openNets(parts)),
  fastmtcnn: async (parts) => fastMtcnn(await openNets(parts))
}
export const recognisers: Readonly<Record<string, RecogniserFamily>> = {
  recognition: recogniserFamily(tensors),
  buffalo: recogniserFamily(buffaloOfDeepface),
  dlib: recogniserFamily(dlibOfDeepface),
  sface: recogniserFamily(sfaceOfDeepface)
}
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
export const antiSpoofing: Readonly<Record<string, Family<AntiSpoofing>>> = {}
