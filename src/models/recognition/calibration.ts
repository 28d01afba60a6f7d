import type { Pipeline } from '../../names.ts'
import type { Calibration } from '../card.ts'

/** Written by `npm run tool -- calibrate`; edit nothing here by hand. */
export const calibrations: Readonly<Record<string, Partial<Record<Pipeline, Calibration>>>> = {
  Dlib: {
    native: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.0728, euclidean: 0.5372, euclidean_l2: 0.3816, angular: 0.1222 },
      probability: { slope: 189.7562, intercept: -172.2688 }
    }
  },
  Facenet512: {
    native: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4455, euclidean: 20.2577, euclidean_l2: 0.9439, angular: 0.3129 },
      probability: { slope: 26.9115, intercept: -11.2884 }
    }
  },
  SFace: {
    native: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6378, euclidean: 13.0378, euclidean_l2: 1.1294, angular: 0.382 },
      probability: { slope: 33.472, intercept: -11.532 }
    }
  }
}
