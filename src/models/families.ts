import { centerface } from './centerface/index.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from './demography/index.ts'
import { emotion } from './emotion/index.ts'
import { faceres } from './faceres/index.ts'
import type { AttributeForms, DetectorForms, Family, RecogniserFamily } from './family.ts'
import { gear } from './gear/index.ts'
import type { AntiSpoofing } from './model.ts'
import { opencv } from './opencv/index.ts'
import { recogniser } from './recognition/index.ts'
import { sfaceOfDeepface } from './recognition/sface-deepface.ts'
import { retinaface } from './retinaface/index.ts'
import { yunet } from './yunet/index.ts'

/** The adapter of each family, one line a family; see `family.ts`. */
export const detectors: Readonly<Record<string, Family<DetectorForms>>> = {
  retinaface: async (parts) => {
    const session = await parts.session()
    return { native: (options) => retinaface(session, options) }
  },
  opencv: async (parts) => ({ deepface: opencv(await parts.text(), await parts.text('eye')) }),
  yunet: async (parts) => ({ deepface: yunet(await parts.session()) }),
  centerface: async (parts) => ({ deepface: centerface(await parts.session()) })
}
export const recognisers: Readonly<Record<string, RecogniserFamily>> = {
  recognition: async (parts, card) => ({ native: recogniser(await parts.session(), card) }),
  sface: async (parts, card) => {
    const session = await parts.session()
    return { native: recogniser(session, card), deepface: sfaceOfDeepface(session, card) }
  }
}
export const attributes: Readonly<Record<string, Family<AttributeForms>>> = {
  faceres: async (parts) => ({ native: faceres(await parts.session()) }),
  gear: async (parts) => ({ native: gear(await parts.session()) }),
  emotion: async (parts) => ({ native: emotion(await parts.session()) }),
  'deepface-age': async (parts) => ({ native: deepfaceAge(await parts.session()) }),
  'deepface-gender': async (parts) => ({ native: deepfaceGender(await parts.session()) }),
  'deepface-race': async (parts) => ({ native: deepfaceRace(await parts.session()) }),
  'deepface-emotion': async (parts) => ({ native: deepfaceEmotion(await parts.session()) })
}
/** A model of several networks is one card with `parts`. */
export const antiSpoofing: Readonly<Record<string, Family<AntiSpoofing>>> = {}
