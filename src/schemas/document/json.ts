export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject { [key: string]: Json }

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys that hold data, not schemas: they are copied unread. */
const DATA = ['example', 'examples', 'default', 'enum']

/** Returns a copy of a document in which `change` has been applied to every object, the innermost first; data in it stays as it is. */
export function mapObjects<Document extends object> (document: Document, change: (value: JsonObject) => Json): Document {
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    return change(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, DATA.includes(key) ? each : walk(each)])))
  }
  return walk(document as Json) as Document
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Returns a copy of a document in which `change` has been applied to every operation. */
export function mapOperations<Document extends object> (document: Document, change: (operation: JsonObject, path: string) => JsonObject): Document {
  const { paths, ...rest } = document as JsonObject
  if (!isObject(paths)) return document
  const mapped = Object.entries(paths).map(([path, operations]) => [path, isObject(operations)
    ? Object.fromEntries(Object.entries(operations).map(([method, operation]) =>
      [method, METHODS.includes(method) && isObject(operation) ? change(operation, path) : operation]))
    : operations])
  return { ...rest, paths: Object.fromEntries(mapped) } as Document
}

/** The name that a reference ends with. */
export const nameOf = ($ref: Json | undefined): string => String($ref).split('/').at(-1)!
