import type { Calibration } from '../card.ts'

/** Written by `npm run calibrate`; edit nothing here by hand. */
export const calibration = {
  native: {
    measured: { date: '2026-11-24', list: 'LFW pairsDevTrain.txt', same: 1100, different: 1100 },
    // At a false accept rate of 1e-3: cosine similarity .369, and what follows from it on unit vectors. Euclidean: DeepFace 0.0.100 `verification.py`.
    thresholds: { cosine: 0.631, euclidean: 10.734, euclidean_l2: 1.1234, angular: 0.3797 },
    probability: { slope: 33, intercept: -11.77 }
  }
} as const satisfies { native: Calibration }
