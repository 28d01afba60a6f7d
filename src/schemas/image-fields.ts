import { Type } from '@sinclair/typebox'
import { Base64Text } from '../system/json-parts.ts'

// Instead of minLength, for which Ajv counts all characters: 6 ms for two photos of 2 megapixels, on the event loop. The document says minLength.
export const NOT_EMPTY = '^[\\s\\S]'

/** An image as text. It has no maxLength: a text that is too long is an `image_too_large`, not a wrong field. */
export const image = (description = 'The image.') => Type.String({
  pattern: NOT_EMPTY,
  description: `${description} One of: \`data:image/…;base64,…\` or bare base64; an \`http://\` or \`https://\` URL; a path on the server inside its image folders. JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP, told by content. In multipart/form-data a file part.`
})

/** Whether a field of this schema takes an image; it may take an embedding too. */
export const isImage = (schema: Readonly<Record<string, unknown>>): boolean => schema['pattern'] === NOT_EMPTY

/** Whether a field of this schema takes a list of images; it may take a single one too. */
export const isImages = ({ type, items }: Readonly<Record<string, unknown>>): boolean =>
  [type].flat().includes('array') && items !== undefined && isImage(items as Record<string, unknown>)

/** Several images. A form sends them as several file parts with one name. */
export const images = (most: number, description: string) => Type.Array(image(), { minItems: 1, maxItems: most, description })

/** One image or several. A form sends several as file parts with one name. */
export const imageOrImages = (most: number) => Type.Unsafe<string | string[]>({
  ...image(), title: 'ImageOrImages', type: ['string', 'array'], items: image(), minItems: 1, maxItems: most, description: `${image().description} Or a list of them.`
})

/** Values of the longest embedding accepted. VGG-Face, which has the longest of the known models, has 4096. */
export const MAX_EMBEDDING = 8192

/** An image, or an embedding that stands for a face. One schema with two types rather than `anyOf`, so that an error names one cause. */
export const imageOrEmbedding = (description: string) => Type.Unsafe<string | number[]>({
  ...image(description),
  title: 'ImageOrEmbedding',
  type: ['string', 'array'],
  items: { type: 'number' },
  minItems: 1,
  maxItems: MAX_EMBEDDING,
  description: `${image(description).description} Or the embedding of a face: numbers, as many as the model's embedding has.`
})

/** Returns the data URI of a PNG. Its base64 is made only when the answer is sent: see `jsonParts`. */
export const pngUri = (png: Uint8Array): string => new Base64Text('data:image/png;base64,', png) as unknown as string
