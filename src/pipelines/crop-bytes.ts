import { imageTooLarge } from '../errors.ts'

/**
 * Returns a function that counts encoded crops, in the bytes that they take as base64.
 * @throws {FaceError} image_too_large, by that function, when they are more than `most`.
 */
export function cropCounter (most: number): (png: Uint8Array) => void {
  let total = 0
  return ({ length }) => {
    total += Math.ceil(length / 3) * 4
    if (total > most) {
      throw imageTooLarge(`The crops of the faces are over MAX_ANSWER_BYTES (${most}). Send a smaller image, a smaller expand_percentage, or max_faces.`)
    }
  }
}
