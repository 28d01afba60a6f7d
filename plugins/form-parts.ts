import type { TObject, TSchema } from '@sinclair/typebox'
import { type FaceError, type FieldError, imageTooLarge, validationError } from '../src/errors.ts'
import type { PartSink } from '../src/intake/form-parser.ts'
import { IMAGE_TEXT_HEAD, imageText } from '../src/intake/image-text.ts'
import type { PartHeaders } from '../src/intake/part-headers.ts'
import { fieldNamed, isList, schemaOf } from '../src/schemas/form.ts'
import { isImage, isImages } from '../src/schemas/image-fields.ts'

/** Most bytes of a text that is no image: a JSON list of 10,000 subjects has less, and V8 parses it in 10 ms. */
const LONGEST_TEXT = 1024 * 1024
/** Most bytes of a list of vectors: 2,000 of the shortest recogniser, of 128 values. V8 parses it in 50 ms. */
const LONGEST_VECTORS = 6 * 1024 * 1024
/** Most items of a list of images, or values of a vector: more than any valid one has. */
const MOST_ITEMS = 10_000
/** Text parts from this size on, in bytes, are decoded as they come where they may be an image. */
const LONG_TEXT = 16 * 1024
/** Fields besides those of a route: they are named in the answer rather than counted. */
const SPARE_FIELDS = 64

/** The parts of a form, by field. */
export interface FormParts {
  /** Images, and why a text that was too long to be kept is none. */
  readonly files: ReadonlyMap<string, Uint8Array | FaceError>
  /** Fields that take several images: files, and texts that name images. */
  readonly lists: ReadonlyMap<string, ReadonlyArray<Uint8Array | FaceError | string>>
  readonly texts: ReadonlyMap<string, readonly string[]>
  readonly problems: readonly FieldError[]
}

const REPEATED = 'was sent more than once'

export interface FormPartsOptions {
  /** Largest image, in bytes. */
  readonly maxImageBytes: number
  /** Whether files in unknown fields are no problem. */
  readonly ignoresUnknown: boolean
}

/** Collects the parts of a form for a route whose body has the schema `form`. Its `open` takes the headers of each part. */
export function formParts (form: TObject, { maxImageBytes, ignoresUnknown }: FormPartsOptions): FormParts & { open: (headers: PartHeaders) => PartSink } {
  const files = new Map<string, Uint8Array | FaceError>()
  const lists = new Map<string, Array<Uint8Array | FaceError | string>>()
  const texts = new Map<string, string[]>()
  const problems: FieldError[] = []
  const names = Object.keys(form.properties).length
  const images = Object.values(form.properties).reduce((sum, schema) => sum + (isImages(schema) ? Number(schema['maxItems']) : 0), 0)
  let [filesLeft, textsLeft] = [names + 1 + images, names + SPARE_FIELDS]

  function open (headers: PartHeaders): PartSink {
    const field = fieldNamed(form, headers.name)
    if (field in Object.prototype) throw formError('has a field name that is not allowed')
    if (isAFile(headers) ? filesLeft-- === 0 : textsLeft-- === 0) throw formError('has too many parts')
    const schema = schemaOf(form, field)
    const mayBeImage = schema !== undefined && (isImage(schema) || isImages(schema))
    if (isAFile(headers)) return collected(maxImageBytes, () => `The file ${shown(field)}`, (bytes) => keepFile(field, bytes))
    const decoder = decoderOf(headers)
    // A text may be an image in base64, or the JSON of a list of images or of a vector.
    const longest = mayBeImage ? Math.ceil(maxImageBytes * 4 / 3) + 1024 : isVectors(schema) ? LONGEST_VECTORS : LONGEST_TEXT
    const keep = (bytes: Uint8Array): void => keepText(field, isJson(headers) ? unquoted(decoder.decode(bytes)) : decoder.decode(bytes))
    const sink = collected(longest, () => `The field ${shown(field)}`, keep)
    return mayBeImage ? imageSink(sink, field) : sink
  }

  /** Decodes a long text as it comes where its beginning is that of an image; others go to `sink`. */
  function imageSink (sink: PartSink, field: string): PartSink {
    let head: Buffer[] | undefined = []
    let length = 0
    let image: ReturnType<typeof imageText> | undefined
    return {
      write (bytes) {
        length += bytes.length
        if (length > Math.ceil(maxImageBytes * 4 / 3) + 1024) throw tooLarge(`The field ${shown(field)}`, maxImageBytes)
        if (image) return image.write(bytes.toString('latin1'))
        if (!head) return sink.write(bytes)
        head.push(bytes)
        if (length < LONG_TEXT) return
        const text = Buffer.concat(head)
        head = undefined
        // A list of images, a vector, or a URL.
        if (isJsonText(text.toString('latin1', 0, IMAGE_TEXT_HEAD))) sink.write(text)
        else image = imageText(text.toString('latin1'), maxImageBytes)
      },
      end () {
        if (image) return keepImage(field, image.end())
        head?.forEach((bytes) => sink.write(bytes))
        sink.end()
      }
    }
  }

  function keepFile (field: string, bytes: Uint8Array): void {
    const schema = schemaOf(form, field)
    // The client chose the name, so it may be long.
    if (!schema) {
      if (!ignoresUnknown) problems.push({ field: shown(field), msg: 'is not a field of this request' })
    } else if (isImages(schema)) {
      if (bytes.length === 0) problems.push({ field: `${field}.${lists.get(field)?.length ?? 0}`, msg: 'must not be empty' })
      return keepImage(field, bytes)
    } else if (!isImage(schema)) {
      problems.push({ field, msg: 'must be a text part' })
      // Keep a wrong one too, so that it is not reported as missing.
      files.set(field, bytes)
    } else {
      if (bytes.length === 0 && !files.has(field) && !texts.has(field)) problems.push({ field, msg: 'must not be empty' })
      return keepImage(field, bytes)
    }
  }

  /** Keeps an image of a field that takes one, or several. */
  function keepImage (field: string, image: Uint8Array | FaceError): void {
    if (!isImages(schemaOf(form, field)!)) {
      if (files.has(field) || texts.has(field)) problems.push({ field, msg: REPEATED })
      files.set(field, image)
      return
    }
    if (texts.has(field)) problems.push({ field, msg: 'must be either files or a JSON list' })
    lists.set(field, [...lists.get(field) ?? [], image])
  }

  function keepText (field: string, value: string): void {
    const schema = schemaOf(form, field)
    // HTML forms and Swagger UI send a part for every field, empty where nothing was filled in.
    if (value === '' && schema && !isRequired(form, field) && !isText(schema)) return
    if (schema && isImages(schema) && !value.trimStart().startsWith('[')) {
      // Files and texts keep their order.
      lists.set(field, [...lists.get(field) ?? [], value])
      return
    }
    if (lists.has(field)) problems.push({ field, msg: 'must be either files or a JSON list' })
    if (value.length > LONGEST_TEXT && !isVectors(schema) && isLongList(value)) {
      problems.push({ field, msg: `must have at most ${MOST_ITEMS} items` })
      return
    }
    const known = texts.get(field)
    if (files.has(field) || (known && !isList(schema))) problems.push({ field, msg: REPEATED })
    else texts.set(field, [...known ?? [], value])
  }

  return { files, lists, texts, problems, open }
}

/** Collects a part of at most `limit` bytes in memory of its own. @throws {FaceError} image_too_large at the first excess. */
function collected (limit: number, subject: () => string, keep: (bytes: Uint8Array) => void): PartSink {
  const pieces: Buffer[] = []
  let length = 0
  return {
    write (bytes) {
      length += bytes.length
      if (length > limit) throw tooLarge(subject(), limit)
      pieces.push(bytes)
    },
    end () {
      const whole = new Uint8Array(length)
      let at = 0
      for (const piece of pieces) {
        whole.set(piece, at)
        at += piece.length
      }
      keep(whole)
    }
  }
}

/**
 * True for parts that are read as bytes: files, and images without a file name, which RFC 7578 §4.2 makes optional. JSON parts, which
 * generated clients and browsers send for lists, are texts, whether they have a file name or not.
 */
const isAFile = (headers: PartHeaders): boolean =>
  !isJson(headers) && (headers.hasFileName || headers.type === 'application/octet-stream' || headers.type.startsWith('image/'))

const isJson = ({ type }: PartHeaders): boolean => type.startsWith('application/json')

/** @throws {FaceError} validation_error when the charset is unknown. */
function decoderOf ({ name, charset = 'utf-8' }: PartHeaders): { decode: (bytes: Uint8Array) => string } {
  try {
    return new TextDecoder(charset)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw validationError([{ field: shown(name), msg: 'must be UTF-8: its charset is unknown' }])
  }
}

const isRequired = ({ required = [] }: TObject, field: string): boolean => required.includes(field)

/** True when a field may hold any text, and so an empty one. */
const isText = (schema: TSchema): boolean => schema['type'] === 'string' && !schema['enum'] && !isImage(schema) && !schema['minLength']

/** True when a field takes a list of vectors. */
const isVectors = (schema: TSchema | undefined): boolean => schema?.['items']?.['type'] === 'array'

/** True when a text begins as a list or a string of JSON, perhaps after white space. */
const isJsonText = (head: string): boolean => /^\s*["[]/.test(head)

/** Whether a text has more commas than a list of images or a vector. Base64 has none. */
function isLongList (text: string): boolean {
  let commas = 0
  for (let at = text.indexOf(','); at >= 0 && commas <= MOST_ITEMS; at = text.indexOf(',', at + 1)) commas++
  return commas > MOST_ITEMS
}

/** Returns the string that a JSON string part holds, else the part as it is. */
function unquoted (json: string): string {
  if (!json.startsWith('"')) return json
  try {
    return String(JSON.parse(json))
  } catch (error) {
    if (error instanceof SyntaxError) return json
    throw error
  }
}

const shown = (field: string): string => field.slice(0, 200)

const tooLarge = (subject: string, limit: number): FaceError => imageTooLarge(`${subject} is over its limit of ${limit} bytes, which follows from MAX_IMAGE_BYTES. Send less.`)

const formError = (msg: string): FaceError => validationError([{ field: '', msg: `The form ${msg}` }])
