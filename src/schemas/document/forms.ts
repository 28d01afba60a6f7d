import { isImage, isImages } from '../image-fields.ts'
import { isObject, type JsonObject, mapOperations } from './json.ts'

/** Turns the fields of forms into what a form can hold: images into file parts, lists of numbers into JSON texts. */
export const withForms = <Document extends object>(document: Document): Document => mapOperations(document, (operation) => {
  const { requestBody } = operation
  if (!isObject(requestBody) || !isObject(requestBody['content'])) return operation
  const { 'multipart/form-data': form, ...others } = requestBody['content']
  if (!isObject(form) || !isObject(form['schema'])) return operation
  const { example: _, examples: __, ...media } = form
  const schema = formSchema(form['schema'])
  const content = { ...others, 'multipart/form-data': { ...media, schema, encoding: encodingOf(schema['properties'] as JsonObject) } }
  return { ...operation, requestBody: { ...requestBody, content } }
})

function formSchema ({ examples: _, ...schema }: JsonObject): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return {
    ...schema,
    title: `${String(schema['title'])}Form`,
    properties: filesFirst(Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, isObject(property) ? inForm(property) : property])))
  }
}

const isFile = (property: unknown): boolean => isObject(property) && (property['format'] === 'binary' || isFile(property['items']))

/** Files are the first fields of a form: a page that draws it asks for them first. */
const filesFirst = (properties: JsonObject): JsonObject =>
  Object.fromEntries([true, false].flatMap((first) => Object.entries(properties).filter(([, property]) => isFile(property) === first)))

/** An image becomes a file part, a list of images a list of file parts, a list of numbers one part of JSON. */
function inForm (property: JsonObject): JsonObject {
  const { description, items } = property
  const said = description === undefined ? {} : { description }
  if (isImage(property)) return { type: 'string', format: 'binary', ...said }
  if (isImages(property)) return { ...property, items: { type: 'string', format: 'binary' } }
  if (!isObject(items) || !(items['type'] === 'number' || items['type'] === 'array')) return property
  return { type: 'string', contentMediaType: 'application/json', description: `${description ?? ''} As a text of JSON: \`[0.1, 0.2]\`.`.trimStart() }
}

/** How parts of several values are written: each word of a list in a part of its own, an object as JSON. */
function encodingOf (properties: JsonObject): JsonObject {
  const encoding: JsonObject = {}
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property) || isFile(property)) continue
    const types = [property['type']].flat()
    if (types.includes('array')) encoding[name] = { style: 'form', explode: true }
    else if (types.includes('object') && !types.includes('string')) encoding[name] = { contentType: 'application/json' }
  }
  return encoding
}
