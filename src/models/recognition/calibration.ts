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
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.0712, euclidean: 0.5348, euclidean_l2: 0.3774, angular: 0.1208 },
      probability: { slope: 191.448, intercept: -173.9118 },
      falseMatches: { perDecade: 0.0129, measuredTo: 0.00001 }
    }
  },
  Facenet512: {
    detector: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4455, euclidean: 20.2577, euclidean_l2: 0.9439, angular: 0.3129 },
      probability: { slope: 26.9115, intercept: -11.2884 }
    },
    mesh: {
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4412, euclidean: 20.0603, euclidean_l2: 0.9394, angular: 0.3113 },
      probability: { slope: 27.0327, intercept: -11.4743 },
      falseMatches: { perDecade: 0.1021, measuredTo: 0.00001 }
    }
  },
  SFace: {
    detector: {
      measured: { date: '2026-11-25', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6378, euclidean: 13.0378, euclidean_l2: 1.1294, angular: 0.382 },
      probability: { slope: 33.472, intercept: -11.532 }
    },
    mesh: {
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6238, euclidean: 12.7965, euclidean_l2: 1.117, angular: 0.3772 },
      probability: { slope: 34.2976, intercept: -12.3892 },
      falseMatches: { perDecade: 0.0542, measuredTo: 0.00001 }
    }
  }
}
