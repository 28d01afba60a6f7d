import { type Static, type TObject, Type } from '@sinclair/typebox'
import { PHOTO_ERRORS } from '../collections/photo-errors.ts'
import { MOST_IMAGES } from './deepface.ts'
import { image, images } from './image-fields.ts'
import { oneOf } from './parameters.ts'

/** Fields of a request that takes one image, or several. */
export const imageFields = () => ({
  img: Type.Optional(image()),
  images: Type.Optional(images(MOST_IMAGES, 'Several images instead of `img`; each has an outcome of its own. In multipart/form-data as many parts of this name.'))
})

/** Keywords of a body with `imageFields`: without `images`, `img` is required. Ajv then reports that as the missing field. */
export const IMG_UNLESS_IMAGES = { if: { not: { required: ['images'] } }, then: { required: ['img'] } }

const ImageProblem = Type.Object({
  success: Type.Unsafe<false>({ type: 'boolean', description: 'Always false.' }),
  error_code: oneOf(PHOTO_ERRORS, { title: 'ImageErrorCode', description: 'The error that the image alone would have.' }),
  message: Type.String({ description: 'For people: what to do.' })
}, { title: 'ImageProblem', description: 'Why an image of several has no result.' })

export type Problem = Static<typeof ImageProblem>

/** The answer for several images: `results` holds for each what the answer for it alone would be, or its error. */
export interface Several<Result> {
  success: boolean
  count: number
  refused: number
  results: Array<Result | Problem>
}

/** Schema of an answer for one image or several. */
export function oneOrSeveral<Result extends TObject> (one: Result, title: string) {
  const several = Type.Object({
    success: Type.Boolean({ description: 'Whether the request was carried out; each image has its own outcome.' }),
    count: Type.Integer({ description: 'Number of images.' }),
    refused: Type.Integer({ description: 'Number of those that have no result.' }),
    results: Type.Array(Type.Unsafe<Static<Result> | Problem>({ anyOf: [one, ImageProblem] }), { description: 'One for each image, in their order.' })
  }, { title })
  return Type.Unsafe<Static<Result> | Several<Static<Result>>>({ anyOf: [one, several], examples: one['examples'] })
}
