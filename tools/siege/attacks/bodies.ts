import { type Attack, REFUSED } from '../attack.ts'
import { exchange, write } from '../exchange.ts'
import { FORM_DELIMITER, FORM_END, FORM_TYPE, head, JSON_TYPE, LARGEST, part, post, REPRESENT, times, VERIFY } from '../requests.ts'

/** Bytes of the bodies: what one image may have in base64, and eight, at the default MAX_IMAGE_BYTES. */
const SIZES = { '14MB': { path: REPRESENT, length: 14_000_000 }, '110MB': { path: LARGEST, length: 110_000_000 } } as const

/** Returns `start`, as many whole units as fit into `length` bytes, and `end`. */
function filled (length: number, unit: string, start: string, end: string): Buffer {
  const free = length - start.length - end.length
  return Buffer.concat([Buffer.from(start), Buffer.alloc(free - free % unit.length, unit), Buffer.from(end)])
}

/** JSON that is long to parse or to check. */
const JSON_BODIES: Readonly<Record<string, (length: number) => Buffer>> = {
  numbers: (length) => filled(length, '1,', '{"img":[', '1]}'),
  fractions: (length) => filled(length, '-1.2345678901e-12,', '{"img":[', '1]}'),
  texts: (length) => filled(length, '"",', '{"img":[', '""]}'),
  escapes: (length) => filled(length, '\\u0041', '{"img":"', '"}'),
  objects: (length) => filled(length, '{},', '{"img":[', '{}]}'),
  nesting: (length) => filled(length, '[', '{"img":', ''),
  fields: (length) => filled(length, '"a":1,', '{', '"b":1}'),
  spaces: (length) => filled(length, ' ', '{', '}'),
  broken: (length) => filled(length, 'a', '{"img":"', '')
}

/** Forms that are long to take apart. */
const FORM_BODIES: Readonly<Record<string, (length: number) => Buffer>> = {
  'empty-parts': (length) => filled(length, part('name="a"', '').toString(), '', FORM_END.toString()),
  'empty-files': (length) => filled(length, part('name="img"; filename="a"', '').toString(), '', FORM_END.toString()),
  'bare-parts': (length) => filled(length, `${FORM_DELIMITER}\r\n\r\n`, '', FORM_END.toString()),
  'part-header': (length) => filled(length, 'a', `${FORM_DELIMITER}Content-Disposition: form-data; name="img"\r\nX-Long: `, `\r\n\r\n${FORM_END}`),
  'part-headers': (length) => filled(length, 'X-Many: a\r\n', FORM_DELIMITER, `\r\n\r\n${FORM_END}`),
  'long-name': (length) => filled(length, 'a', `${FORM_DELIMITER}Content-Disposition: form-data; name="`, `"\r\n\r\n\r\n${FORM_END}`),
  'near-boundaries': (length) => filled(length, '\r\n--siege-boundar', part('name="img"; filename="a"', '').toString().trimEnd() + '\r\n\r\n', '')
}

const statuses = [404, ...REFUSED]

const ofKind = (kind: string, type: string, bodies: Readonly<Record<string, (length: number) => Buffer>>): Attack[] =>
  Object.entries(bodies).flatMap(([name, make]) => Object.entries(SIZES).map(([size, { path, length }]): Attack => ({
    name: `${kind}-${name}-${size}`,
    sends: `${kind} of ${name.replaceAll('-', ' ')}, ${size}, two at once`,
    bounds: { statuses },
    isShort: size === '14MB',
    run: (target) => {
      const body = make(length)
      return times(2, () => post(target, path, type, body))
    }
  })))

/** Forms that are wrong in a way that leaves a parser waiting. */
const WRONG_PARTS: Readonly<Record<string, string>> = {
  'no-disposition': `${FORM_DELIMITER}Content-Type: image/jpeg\r\n\r\nabc\r\n${FORM_END}`,
  'no-headers': `${FORM_DELIMITER}\r\nabc\r\n${FORM_END}`,
  'no-blank-line': `${FORM_DELIMITER}abc\r\n${FORM_END}`,
  'no-end': `${FORM_DELIMITER}Content-Disposition: form-data; name="img"\r\n\r\nabc`,
  'no-parts': FORM_END.toString(),
  'no-delimiter': 'abc',
  empty: ''
}

const chunks = (bytes: string): string => [...bytes].map((byte) => `1\r\n${byte}\r\n`).join('')

/** Bodies that the main thread has to read. */
export const bodies: readonly Attack[] = [
  ...ofKind('json', JSON_TYPE, JSON_BODIES),
  ...ofKind('form', FORM_TYPE, FORM_BODIES),
  {
    name: 'form-wrong-parts',
    sends: 'forms without dispositions, headers, ends or parts',
    bounds: { statuses: [400, 415, 422], answered: 5, closed: 10 },
    isShort: true,
    run: (target) => Promise.all(Object.values(WRONG_PARTS).map((body) => post(target, REPRESENT, FORM_TYPE, body)))
  },
  {
    name: 'tiny-chunks',
    sends: 'a body in two million chunks of one byte',
    bounds: { statuses: REFUSED },
    isShort: true,
    run: (target) => {
      const piece = chunks('a'.repeat(10_000))
      return times(2, () => exchange(target.origin, async (socket) => {
        await write(socket, head(target, { path: REPRESENT }) + chunks('{"img":"'))
        for (let sent = 0; sent < 200 && !socket.destroyed; sent++) await write(socket, piece)
        await write(socket, `${chunks('"}')}0\r\n\r\n`)
      }))
    }
  },
  vectors('vectors', 'embeddings of zeros, of no numbers and of wrong lengths', ['0', '-0.0', '1e999', 'null'], [422]),
  // Two that are equal have one direction, so that those of a length that a recogniser has are one face.
  vectors('vectors-extreme', 'embeddings of the largest and the smallest numbers', ['1e308', '1e-320'], [200, 422])
]

function vectors (name: string, what: string, values: readonly string[], statuses: readonly number[]): Attack {
  return {
    name,
    sends: `${what} to verify`,
    bounds: { statuses, answered: 5, closed: 10 },
    isShort: true,
    run: (target) => Promise.all(values.flatMap((value) => [128, 1, 100_000].map((length) => {
      const vector = `[${new Array<string>(length).fill(value).join(',')}]`
      return post(target, VERIFY, JSON_TYPE, `{"img1":${vector},"img2":${vector}}`)
    })))
  }
}
