import type { TObject } from '@sinclair/typebox'
import { FaceError } from '../src/errors.ts'
import type { LongString } from '../src/intake/long-string.ts'
import { MOST_TEXT, tooMuchText } from '../src/intake/scan-json.ts'
import { schemaOf } from '../src/schemas/form.ts'
import { isImage, isImages } from '../src/schemas/image-fields.ts'
import { IMAGE } from './image-bytes.ts'

export interface PlacedImages {
  readonly placed: ReadonlyMap<string, Uint8Array>
  readonly problems: ReadonlyMap<string, FaceError>
}

/** Returns the long strings that stand where `form` has an image, by field, and replaces each by IMAGE in `body`. */
export function placeImages (body: unknown, strings: ReadonlyMap<string, LongString>, form: TObject | undefined): PlacedImages {
  const placed = new Map<string, Uint8Array>()
  const problems = new Map<string, FaceError>()
  if (!form || typeof body !== 'object' || body === null) return { placed, problems }
  const replaced = (field: string, value: unknown): unknown => {
    const image = typeof value === 'string' ? strings.get(value)?.image : undefined
    if (!image) return value
    if (image instanceof FaceError) problems.set(field, image)
    else placed.set(field, image)
    return IMAGE
  }
  for (const [name, value] of Object.entries(body)) {
    const schema = schemaOf(form, name)
    if (!schema) continue
    if (isImage(schema) && !Array.isArray(value)) Object.assign(body, { [name]: replaced(name, value) })
    else if (isImages(schema) && Array.isArray(value)) value.forEach((item, i) => { value[i] = replaced(`${name}.${i}`, item) })
  }
  return { placed, problems }
}

/**
 * Returns the JSON text with its long strings, for a body that has one where the route takes no image.
 * @throws {FaceError} image_too_large when it is longer than a text without images may be.
 */
export function placeTexts (text: string, strings: ReadonlyMap<string, LongString>): string {
  let whole = text
  for (const [placeholder, { source }] of strings) {
    if (!source) throw tooMuchText()
    whole = whole.replace(placeholder, () => Buffer.concat(source).toString())
    if (whole.length > MOST_TEXT) throw tooMuchText()
  }
  return whole
}

/** Puts the lists in the places of their placeholders, which are lists of one string. A loop, since a text may nest thousands of levels. */
export function placeLists (body: unknown, lists: ReadonlyMap<string, readonly number[]>): unknown {
  if (lists.size === 0) return body
  const root = [body]
  const open: object[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== 'object' || value === null) continue
      const list = Array.isArray(value) && value.length === 1 ? lists.get(value[0]) : undefined
      if (list) Object.assign(node, { [key]: list })
      else open.push(value)
    }
  }
  return root[0]
}
