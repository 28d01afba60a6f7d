/** URL of a photo of DeepFace's unit tests, at a fixed commit: the examples of the document can be tried as they are. */
const photo = (name: string): string =>
  `https://raw.githubusercontent.com/serengil/deepface/00429d0894309436e5503dd6ef8734cd70c297ad/tests/unit/dataset/${name}.jpg`

/** Two photos of one person. */
export const [SAMPLE, SAME_PERSON] = [photo('img1'), photo('img11')] as const
