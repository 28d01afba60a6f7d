/** The keywords of a JSON schema that are read here. */
interface Schema {
  readonly type?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
}

/**
 * Returns `value` without the fields that are null, optional, and no field that may be null, in objects of any depth that the schema names. A
 * field of free form, such as metadata, stays as it is; so does null in a required field, which the validator then refuses.
 * @example
 * withoutNulls({ img: 'a.jpg', max_faces: null }, body) // { img: 'a.jpg' }
 */
export function withoutNulls (value: unknown, schema: Schema): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return schema.items?.properties ? value.map((item) => withoutNulls(item, schema.items!)) : value
  const { properties, required = [] } = schema
  // Any other object does not come from JSON: it is the stream of an import.
  if (!properties || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, field]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!own) return [[name, field]]
    if (field === null) return required.includes(name) || mayBeNull(own) ? [[name, field]] : []
    return [[name, withoutNulls(field, own)]]
  }))
}

const mayBeNull = ({ type, enum: values, anyOf }: Schema): boolean =>
  [type].flat().includes('null') || values?.includes(null) === true || anyOf?.some(mayBeNull) === true
