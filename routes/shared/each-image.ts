import type { FastifyRequest } from 'fastify'
import { isPhotoError } from '../../src/collections/photo-errors.ts'
import { validationError } from '../../src/errors.ts'
import type { Face } from '../../src/pipelines/contract.ts'
import type { Problem, Several } from '../../src/schemas/several.ts'

/** The answer for one image, and the faces that it tells of. */
interface Answered<Result> {
  readonly answer: Result
  readonly faces: ReadonlyArray<Face & { readonly embedding?: Float32Array, readonly png?: Uint8Array }>
}

/** The outcome of an image without a result. */
interface Refused {
  readonly answer: Problem
  readonly faces?: undefined
}

/**
 * Answers for the image in `img`, or for each of those in `images`, one after the other: one request never keeps more than one worker, however
 * many images it has, and its answers count as bytes in flight as they come.
 * @throws {FaceError} for the only image; for several whatever is not about one image. validation_error when both fields were sent.
 */
export async function forEachImage<Result> (
  request: FastifyRequest,
  { img, images }: { readonly img?: string, readonly images?: readonly string[] },
  answerTo: (photo: Uint8Array) => Promise<Answered<Result>>
): Promise<Result | Several<Result>> {
  if (images === undefined) return (await answerTo(await request.readImage('img', img!))).answer
  if (img !== undefined) throw validationError([{ field: 'images', msg: 'must not be sent beside img' }])
  const results: Array<Result | Problem> = []
  let [refused, bytes] = [0, 0]
  for (const [i, text] of images.entries()) {
    const outcome = await outcomeOf(async () => await answerTo(await request.readImage(`images.${i}`, text)))
    results.push(outcome.answer)
    if (outcome.faces) bytes += outcome.faces.reduce((sum, face) => sum + bytesOf(face), 0)
    else refused++
    request.keepAnswer(bytes)
  }
  return { success: true, count: images.length, refused, results }
}

/** The answer for an image, or the error that is about this image alone. */
async function outcomeOf<Result> (answer: () => Promise<Answered<Result>>): Promise<Answered<Result> | Refused> {
  try {
    return await answer()
  } catch (error) {
    if (!isPhotoError(error)) throw error
    return { answer: { success: false, error_code: error.code, message: error.message } }
  }
}

/** Bytes that a face takes until the answer is sent, without its few numbers and names. */
const bytesOf = ({ embedding, png, mesh }: Answered<unknown>['faces'][number]): number =>
  [embedding, png, mesh?.points].reduce((sum, part) => sum + (part?.byteLength ?? 0), 0)
