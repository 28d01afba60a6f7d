/** Content-Disposition and Content-Type of a part of a form. */
export interface PartHeaders {
  readonly name: string
  /** Whether the part has a file name, whatever it is. */
  readonly hasFileName: boolean
  /** Media type in lower case; `text/plain` when there is none (RFC 7578 §4.4). */
  readonly type: string
  /** `charset` of the media type. */
  readonly charset: string | undefined
}

/** A header field: no line break but those that fold it (RFC 5322 §2.2.3). */
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/

/** A parameter: `name=token` or `name="quoted"`. */
const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*))\s*/y

/**
 * Reads the headers of a part of multipart/form-data (RFC 7578), without the empty line behind them. A string instead says what is wrong, as a
 * predicate of the form.
 */
export function partHeaders (bytes: Buffer): PartHeaders | string {
  const fields = new Map<string, string>()
  for (const line of bytes.toString('utf8').replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [, name, value = ''] = LINE.exec(line) ?? []
    if (name === undefined) return line === '' ? 'has a part without headers' : 'has a part whose headers are malformed'
    fields.set(name.toLowerCase(), value)
  }
  const disposition = fields.get('content-disposition')
  if (disposition === undefined) return 'has a part without Content-Disposition'
  if (!/^form-data\s*(;|$)/i.test(disposition)) return 'has a part whose Content-Disposition is not form-data'
  const given = parameters(disposition)
  const name = given.get('name')
  if (name === undefined) return 'has a part without a name'
  const type = fields.get('content-type') ?? 'text/plain'
  return {
    name,
    hasFileName: given.has('filename') || given.has('filename*'),
    type: type.split(';')[0]!.trim().toLowerCase(),
    charset: parameters(type).get('charset')
  }
}

/** Parameters behind the value of a header, by name in lower case; the first of a name counts. */
function parameters (header: string): Map<string, string> {
  const found = new Map<string, string>()
  const start = header.indexOf(';')
  if (start < 0) return found
  PARAMETER.lastIndex = start
  for (let match = PARAMETER.exec(header); match; match = PARAMETER.exec(header)) {
    const [, name, quoted, token] = match
    // Browsers escape quotes as %22 (HTML, multipart/form-data encoding algorithm), other clients with a backslash.
    const value = quoted === undefined ? token! : quoted.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"')
    if (!found.has(name!.toLowerCase())) found.set(name!.toLowerCase(), value)
  }
  return found
}

/** The boundary that a Content-Type of multipart/form-data names. */
export const boundaryOf = (contentType: string): string | undefined => parameters(contentType).get('boundary')
