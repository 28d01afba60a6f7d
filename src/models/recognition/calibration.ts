import type { Alignment, Calibration } from '../card.ts'

/** Written by `npm run tool -- calibrate`; edit nothing here by hand. */
export const calibrations: Readonly<Record<string, Partial<Record<Alignment, Calibration>>>> = {
  Dlib: {
    detector: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.0728, euclidean: 0.5372, euclidean_l2: 0.3816, angular: 0.1222 },
      probability: { slope: 189.7562, intercept: -172.2688 }
    },
    mesh: {
      measured: { date: '2026-11-29', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.0719, euclidean: 0.5368, euclidean_l2: 0.3792, angular: 0.1214 },
      probability: { slope: 191.9341, intercept: -174.3133 },
      falseMatches: { perDecade: 0.0131, measuredTo: 0.00001 }
    }
  },
  Facenet512: {
    detector: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4455, euclidean: 20.2577, euclidean_l2: 0.9439, angular: 0.3129 },
      probability: { slope: 26.9115, intercept: -11.2884 }
    },
    mesh: {
      measured: { date: '2026-11-29', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4426, euclidean: 20.1068, euclidean_l2: 0.9409, angular: 0.3118 },
      probability: { slope: 27.0638, intercept: -11.4435 },
      falseMatches: { perDecade: 0.1008, measuredTo: 0.00001 }
    }
  },
  SFace: {
    detector: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6378, euclidean: 13.0378, euclidean_l2: 1.1294, angular: 0.382 },
      probability: { slope: 33.472, intercept: -11.532 }
    },
    mesh: {
      measured: { date: '2026-11-29', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.625, euclidean: 12.89, euclidean_l2: 1.118, angular: 0.3776 },
      probability: { slope: 33.94, intercept: -12.2465 },
      falseMatches: { perDecade: 0.0554, measuredTo: 0.00001 }
    }
  }
}
