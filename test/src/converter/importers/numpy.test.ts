import t from 'tap'
import { floats, integers, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { readJoblib } from '../../../../src/converter/importers/numpy/joblib.ts'
import { readNestedNpy } from '../../../../src/converter/importers/numpy/nested.ts'
import { array as numbers, elementType, splitNpy } from '../../../../src/converter/importers/numpy/npy.ts'
import { dataOf, header, npy } from './npy-files.ts'
import { bytes, build, dict, FALSE, global, int, joined, list, NONE, pickle, raw, reduce, text, TRUE, tuple, type Piece } from './pickles.ts'
import { survives } from './survives.ts'

const counting = dataOf(Float32Array.of(0, 1, 2, 3, 4, 5))

/** Reads a `.npy` file of numbers. */
function readNpy (file: Uint8Array): Tensor {
  const { header, data } = splitNpy(file, 'The .npy file')
  const { type, littleEndian } = elementType(header.descr, 'The .npy file')
  return numbers(data, type, littleEndian, header, 'The .npy file')
}

const values = (tensor: Tensor | undefined) => [...floats(tensor!)]

t.test('formats 1, 2 and 3', async (t) => {
  for (const major of [1, 2, 3]) {
    const tensor = readNpy(npy(header('<f4', '(2, 3)'), counting, major))
    t.strictSame([tensor.dims, values(tensor)], [[2, 3], [0, 1, 2, 3, 4, 5]])
  }
})

t.test('scalars, vectors, nothing at all, and lengths as Python 2 writes them', async (t) => {
  t.strictSame(readNpy(npy(header('<f4', '()'), counting.subarray(0, 4))).dims, [])
  t.strictSame(readNpy(npy(header('<f4', '(6,)'), counting)).dims, [6])
  t.strictSame(readNpy(npy(header('<f4', '(0, 6)'), bytes())).dims, [0, 6])
  t.strictSame(readNpy(npy(header('<f4', '(2L, 3L)'), counting)).dims, [2, 3])
})

t.test("Fortran's order", async (t) => t.strictSame(values(readNpy(npy(header('<f4', '(2, 3)', 'True'), counting))), [0, 2, 4, 1, 3, 5]))

t.test('every element type, big-endian too', async (t) => {
  const swapped = (data: Uint8Array, size: number) => {
    const copy = Buffer.from(data)
    return new Uint8Array(size === 2 ? copy.swap16() : size === 4 ? copy.swap32() : copy.swap64())
  }
  const read = (descr: string, data: Uint8Array) => readNpy(npy(header(descr, '(2,)'), data))
  t.strictSame(values(read('>f4', swapped(dataOf(Float32Array.of(1.5, -2)), 4))), [1.5, -2])
  t.strictSame(values(read('>f8', swapped(dataOf(Float64Array.of(0.1, -2)), 8))), [Math.fround(0.1), -2])
  t.strictSame(values(read('<f2', dataOf(Uint16Array.of(0x3c00, 0xc000)))), [1, -2])
  t.strictSame(integers(read('<i8', dataOf(BigInt64Array.of(3n, -4n)))), [3, -4])
  t.strictSame(integers(read('>i2', swapped(dataOf(Int16Array.of(3, -4)), 2))), [3, -4])
  t.strictSame(integers(read('<u2', dataOf(Uint16Array.of(3, 65535)))), [3, 65535])
  t.strictSame(integers(read('<i4', dataOf(Int32Array.of(3, -4)))), [3, -4])
  t.match(read('|u1', bytes(1, 2)), { type: 'uint8' })
  t.match(read('|i1', bytes(1, 2)), { type: 'int8' })
  t.match(read('|b1', bytes(1, 0)), { type: 'bool' })
})

/** joblib 1.6.0 and NumPy 2.4.6: `[arange(6, '<f4') as 2 × 3, the same as '>f8' in Fortran's order, array([1, -2], 'i2')]`. */
const JOBLIB = 'gASV1gAAAAAAAABdlCiME2pvYmxpYi5udW1weV9waWNrbGWUjBFOdW1weUFycmF5V3JhcHBlcpSTlCmBlH2UKIwIc3ViY2xhc3OUjAVudW1weZSMB25kYXJyYXmUk5SMBXNoYXBllEsCSwOGlIwFb3JkZXKUjAFDlIwFZHR5cGWUaAeMBWR0eXBllJOUjAJmNJSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRijAphbGxvd19tbWFwlIiMG251bXB5X2FycmF5X2FsaWdubWVudF9ieXRlc5RLEHViDv//////////////////AAAAAAAAgD8AAABAAABAQAAAgEAAAKBAlUsAAAAAAAAAaAMpgZR9lChoBmgJaApLAksDhpRoDIwBRpRoDmgQjAJmOJSJiIeUUpQoSwOMAT6UTk5OSv////9K/////0sAdJRiaBaIaBdLEHViA////wAAAAAAAAAAQAgAAAAAAAA/8AAAAAAAAEAQAAAAAAAAQAAAAAAAAABAFAAAAAAAAJVFAAAAAAAAAGgDKYGUfZQoaAZoCWgKSwKFlGgMaA1oDmgQjAJpMpSJiIeUUpQoSwNoFE5OTkr/////Sv////9LAHSUYmgWiGgXSxB1YgH/AQD+/2Uu'
const JOBLIB_LZ4 = 'BCJNGEBAwGkBAABSgASV1gABAPEzXZQojBNqb2JsaWIubnVtcHlfcGlja2xllIwRTnVtcHlBcnJheVdyYXBwZXKUk5QpgZR9lCiMCHN1YmNsYXNzlIwFNgD0IpSMB25kYXJyYXmUk5SMBXNoYXBllEsCSwOGlIwFb3JkZXKUjAFDlIwFZHR5cGWUaAcKAPENk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////wUA8QZLAHSUYowKYWxsb3dfbW1hcJSIjBt0ABFfcAD5CF9hbGlnbm1lbnRfYnl0ZXOUSxB1Yg7/AQAC6wDyBYA/AAAAQAAAQEAAAIBAAACgQJVLGgAyAGgD2QBiaAZoCWgKuADoaAyMAUaUaA5oEIwCZjiiAB8+ogAApWgWiGgXSxB1YgNwAEIAAEAIYAAiP/AIACNAEAgAAgcAMgBAFAkAIpVFCAANiABihZRoDGgNhAAmaTKEAC5oFCQBBYIAgAH/AQD+/2UuAAAAAA=='
const fromBase64 = (data: string) => new Uint8Array(Buffer.from(data, 'base64'))

t.test('a list of arrays as joblib 1.6.0 writes it, packed by LZ4 or not', async (t) => {
  for (const file of [JOBLIB, JOBLIB_LZ4]) {
    const [first, second, third] = readJoblib(fromBase64(file))
    t.strictSame([first!.dims, values(first)], [[2, 3], [0, 1, 2, 3, 4, 5]])
    t.strictSame([second!.dims, values(second)], [[2, 3], [0, 1, 2, 3, 4, 5]])
    t.strictSame([third!.dims, integers(third!)], [[2], [1, -2]])
  }
})

/** NumPy 2.4.6: `{'pnet': [arange(6, '<f4') as 2 × 3, the same as '>f8' in Fortran's order], 'named': {'w': the first}}`. */
const NESTED = 'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJV2AQAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBKWgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlH2UKIwEcG5ldJRdlChoAmgFSwCFlGgHh5RSlChLAUsCSwOGlGgLjAJmNJSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRiiUMYAAAAAAAAgD8AAABAAABAQAAAgEAAAKBAlHSUYmgCaAVLAIWUaAeHlFKUKEsBSwJLA4aUaAuMAmY4lImIh5RSlChLA4wBPpROTk5K/////0r/////SwB0lGKIQzAAAAAAAAAAAEAIAAAAAAAAP/AAAAAAAABAEAAAAAAAAEAAAAAAAAAAQBQAAAAAAACUdJRiZYwFbmFtZWSUfZSMAXeUaBdzdWF0lGIu'

t.test('a dictionary of lists and dictionaries of arrays, as NumPy 2.4.6 pickles it', async (t) => {
  const groups = readNestedNpy(fromBase64(NESTED))
  const [pnet, named] = [groups.get('pnet'), groups.get('named')]
  t.strictSame(pnet && 'list' in pnet && pnet.list.map(values), [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]])
  t.strictSame(named && 'names' in named && values(named.names.get('w')), [0, 1, 2, 3, 4, 5])
})

const dtype = (name: string, order: string) =>
  build(reduce(global('numpy', 'dtype'), text(name), FALSE, TRUE), tuple(int(3), text(order), NONE, NONE, NONE, int(-1), int(-1), int(0)))
const array = (shape: Piece, type: Piece, data: Piece, module = 'numpy.core.multiarray') =>
  build(reduce(global(module, '_reconstruct'), global('numpy', 'ndarray'), tuple(int(0)), raw(bytes(0x62))), tuple(int(1), shape, type, FALSE, data))
const nested = (content: Piece) => npy(header('|O', '()'), pickle(array(tuple(), dtype('O8', '|'), list(content))))
const vector = (data: Piece, order = '<') => array(tuple(int(1)), dtype('f4', order), data)
const one = dataOf(Float32Array.of(1.5))

t.test('bytes as Python 2 writes them, and as Python 3 writes them for Python 2', async (t) => {
  const first = (data: Piece) => {
    const group = readNestedNpy(nested(dict({ a: list(vector(data)) }))).get('a')
    return group && 'list' in group ? values(group.list[0]) : []
  }
  const [a, b, c, d] = one as unknown as [number, number, number, number]
  t.strictSame(first(joined(bytes(0x55, 4), one)), [1.5])
  t.strictSame(first(raw(one)), [1.5])
  t.strictSame(first(reduce(global('_codecs', 'encode'), text(String.fromCharCode(a, b, c, d)), text('latin1'))), [1.5])
})

const refused: Record<string, readonly [read: (file: Uint8Array) => unknown, file: Uint8Array, message: RegExp]> = {
  'no .npy file': [readNpy, bytes(1, 2, 3), /no \.npy file/],
  'a future format': [readNpy, npy(header('<f4', '(6,)'), counting, 4), /format 4\.0/],
  'a header that is a program': [readNpy, npy("{'descr': __import__('os').system('id')}", counting), /header that is not supported/],
  records: [readNpy, npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", counting), /header that is not supported/],
  'objects where numbers were expected': [readNpy, npy(header('|O', '(6,)'), counting), /type \|O, which is not supported/],
  texts: [readNpy, npy(header('<U4', '(6,)'), counting), /type <U4/],
  'a type named like an inherited property': [readNpy, npy(header('constructor1', '(6,)'), counting), /header that is not supported/],
  'more axes than are possible': [readNpy, npy(header('<f4', `(${'1, '.repeat(65)})`), counting.subarray(0, 4)), /65 axes; at most 64/],
  'a joblib file that names a forbidden function': [readJoblib, pickle(list(reduce(global('os', 'system'), text('id')))), /names os\.system/],
  'a joblib file of something else': [readJoblib, pickle(list(int(3))), /Element 0 of the joblib file should be an array, and is 3/],
  'a dictionary that names a forbidden function': [readNestedNpy, nested(reduce(global('builtins', 'eval'), text('1'))), /names builtins\.eval/],
  'a dictionary of numbers': [readNestedNpy, nested(dict({ a: int(1) })), /a of the \.npy file should be a list or a dictionary, and is 1/],
  'a list where a dictionary was expected': [readNestedNpy, nested(list()), /should hold a dictionary, and holds a list of 0/],
  'an array where a dictionary was expected': [readNestedNpy, npy(header('<f4', '(6,)'), counting), /should hold one dictionary, and holds <f4 of 1 axes/],
  'an array of objects among the weights': [readNestedNpy, nested(dict({ a: list(array(tuple(int(1)), dtype('O8', '|'), list(int(1)))) })), /type \|O8/],
  'an array with too few bytes': [readNestedNpy, nested(dict({ a: list(vector(raw(bytes(1, 2)))) })), /Array 0 of a of shape \[1\] needs 4 bytes; it has 2/],
  'an array that was never filled': [readNestedNpy, nested(dict({ a: list(reduce(global('numpy.core.multiarray', '_reconstruct'), int(1))) })), /state of Array 0 of a should be a list or tuple, and is null/]
}
for (const [what, [read, file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => read(file), { name: 'ConversionError', message }))

t.test('10,000 damaged files of each form are read or refused, in bounded memory', async (t) => {
  const use = (tensors: Iterable<Tensor>) => { for (const tensor of tensors) tensor.bytes() }
  survives(t, npy(header('>f4', '(2, 3)', 'True'), counting), (file) => use([readNpy(file)]))
  survives(t, fromBase64(JOBLIB), (file) => use(readJoblib(file)))
  survives(t, fromBase64(JOBLIB_LZ4), (file) => use(readJoblib(file)))
  survives(t, nested(dict({ a: list(vector(raw(one)), vector(raw(one), '>')), b: dict({ w: vector(raw(one)) }) })), (file) =>
    readNestedNpy(file).forEach((group) => use('list' in group ? group.list : group.names.values())))
})
