import type { Edition } from '../card.ts'

/** The address from which DeepFace 0.0.100 fetches its weights (`deepface/models/facial_recognition/*.py`). It does not publish hashes. */
const RELEASES = 'https://github.com/serengil/deepface_models/releases/download/v1.0/'

/** A Keras file that DeepFace loads, with DeepFace's scaling of the input: BGR, 0..1. `url` is for files that others publish. */
export const deepfaceEdition = (
  file: string,
  network: string,
  size: readonly [height: number, width: number],
  url = RELEASES + file,
  packed?: 'zip'
): Edition => ({
  files: [{ name: file, sources: [packed ? { url, packed } : { url }] }],
  conversion: { format: 'keras', network, input: { type: 'float32', channels: 'BGR', mean: [0, 0, 0], std: [255, 255, 255], size } }
})
