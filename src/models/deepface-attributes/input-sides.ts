/** Sides of the networks' inputs, in pixels: DeepFace 0.0.100 `modules/demography.py` and `models/demography/Emotion.py`. */
export const SIDE = 224
export const EMOTION_SIDE = 48
