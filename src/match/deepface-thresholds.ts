import type { Metric } from './distance.ts'

/**
 * Largest distances at which DeepFace 0.0.100 reports two faces as one person, as published in its `verification.py`; tuned with the
 * normalization `base`.
 */
export const DEEPFACE_THRESHOLDS: Readonly<Record<string, Readonly<Record<Metric, number>>>> = {
  'VGG-Face': { cosine: 0.68, euclidean: 1.17, euclidean_l2: 1.17, angular: 0.39 },
  Facenet: { cosine: 0.4, euclidean: 10, euclidean_l2: 0.8, angular: 0.33 },
  Facenet512: { cosine: 0.3, euclidean: 23.56, euclidean_l2: 1.04, angular: 0.35 },
  ArcFace: { cosine: 0.68, euclidean: 4.15, euclidean_l2: 1.13, angular: 0.39 },
  Dlib: { cosine: 0.07, euclidean: 0.6, euclidean_l2: 0.4, angular: 0.12 },
  SFace: { cosine: 0.593, euclidean: 10.734, euclidean_l2: 1.055, angular: 0.36 },
  OpenFace: { cosine: 0.1, euclidean: 0.55, euclidean_l2: 0.55, angular: 0.11 },
  DeepFace: { cosine: 0.23, euclidean: 64, euclidean_l2: 0.64, angular: 0.12 },
  DeepID: { cosine: 0.015, euclidean: 45, euclidean_l2: 0.17, angular: 0.04 },
  GhostFaceNet: { cosine: 0.65, euclidean: 35.71, euclidean_l2: 1.1, angular: 0.38 },
  Buffalo_L: { cosine: 0.55, euclidean: 0.6, euclidean_l2: 1.1, angular: 0.45 }
}
