import type { Alignment, Calibration } from '../card.ts'

/** Written by `npm run tool -- calibrate`; edit nothing here by hand. */
export const calibrations: Readonly<Record<string, Partial<Record<Alignment, Calibration>>>> = {
  Dlib: {
    detector: {
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.0728, euclidean: 0.5371, euclidean_l2: 0.3816, angular: 0.1222 },
      probability: { slope: 189.6275, intercept: -172.1443 },
      falseMatches: { perDecade: 0.0135, measuredTo: 0.00001 }
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
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.4454, euclidean: 20.256, euclidean_l2: 0.9438, angular: 0.3129 },
      probability: { slope: 26.8788, intercept: -11.2825 },
      falseMatches: { perDecade: 0.0983, measuredTo: 0.00001 }
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
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by retinaface', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6377, euclidean: 13.0456, euclidean_l2: 1.1293, angular: 0.382 },
      probability: { slope: 33.4864, intercept: -11.5351 },
      falseMatches: { perDecade: 0.0541, measuredTo: 0.00001 }
    },
    mesh: {
      measured: { date: '2026-11-30', list: 'pairsDevTrain.txt, faces by yunet-mesh', same: 1100, different: 5923194 },
      thresholds: { cosine: 0.6238, euclidean: 12.7965, euclidean_l2: 1.117, angular: 0.3772 },
      probability: { slope: 34.2976, intercept: -12.3892 },
      falseMatches: { perDecade: 0.0542, measuredTo: 0.00001 }
    }
  }
}
