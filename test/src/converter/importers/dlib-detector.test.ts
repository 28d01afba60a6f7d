import t from 'tap'
import { floats } from '../../../../src/converter/graph/tensor.ts'
import { embedded } from '../../../../src/converter/importers/dlib/header.ts'
import { readHogDetector } from '../../../../src/converter/importers/dlib/hog-detector.ts'
import { dlibHog } from '../../../../src/converter/networks/dlib-hog.ts'
import { column, float, integer, list } from './dlib-files.ts'
import { ascii, joined } from './pickles.ts'
import { survives } from './survives.ts'

/** A source file that embeds `text`, which is base64, in the form of dlib's own. */
const source = (text: string): Uint8Array => ascii(`// dlib\n        sout << "${text.slice(0, 40)}";\n        sout << "${text.slice(40)}";\n        sin.str(sout.str());\n`)

/** Packed by dlib 20.0.1: the squares in a row, with contexts that recur and contexts that do not. */
const SQUARES = 'ME/nG0sADH9uvns3ty6OR+aV6oSNN4T2to8cAQh2DtO0XUhTDCx6rDaEf4QJ7L526OYWXUPuduWTiUHPvUXo8I/S4vLUSCg+O/sR+uR8KYzpQXuMPeBjAvImKMkykjK348hoDMJ+Nbo6VVJ6u+QreCFeozFK/s05oaoUIv9xAA=='
/** "abc" 15,000 times: passes the check that follows every 20,000 bytes. */
const LONG = 'YUSVE5mRCzAgOcf9Ar3xhBzhBRcA'

t.test('data that dlib packed into a source file is unpacked', async (t) => {
  const text = (packed: string): string => new TextDecoder().decode(embedded(source(packed)))
  t.equal(text(SQUARES), Array.from({ length: 60 }, (_, i) => `${i * i} `).join(''))
  t.equal(text(LONG), 'abc'.repeat(15_000))
  t.throws(() => embedded(ascii('int main() {}')), { name: 'ConversionError', message: /no base64/ })
  t.throws(() => text(SQUARES.replace('n', 'N')), { name: 'ConversionError', message: /damaged/ })
})

/** A detector with these filters; everything else as in `frontal_face_detector.h`. */
const detector = (filters: ReadonlyArray<readonly number[]>, { version = 2, pictures = 0, cell = 8, dimensions = 3100 } = {}): Uint8Array => joined(
  ...[version, 1, pictures, pictures, cell, 0, 80, 80, 1000, 64, 64].map(integer),
  float(9), integer(dimensions), float(0.25), float(0.75), list(filters.map(column)))

const filter = (threshold: number): number[] => [...Array.from({ length: 3100 }, (_, i) => i % 64), threshold]

t.test('a detector becomes a convolution over cells whose values lie side by side', async (t) => {
  const read = readHogDetector(detector([filter(3), filter(4)]))
  t.match(read, { cell: 8, padding: 0, window: [80, 80], least: [64, 64], levels: 1000, overlap: { hull: 0.25, covered: 0.75 } })
  const { initializers } = dlibHog({ ...read, overlap: OVERLAP })
  const [kernels, bias] = [...initializers.values()]
  t.strictSame([kernels!.dims, [...floats(bias!)]], [[2, 1, 10, 310], [-3, -4]])
  // Value 5 of the cell in row 2, column 7.
  t.equal(floats(kernels!)[3100 + 2 * 310 + 7 * 31 + 5], (5 * 100 + 2 * 10 + 7) % 64)
})

t.test('refused', async (t) => {
  const read = (file: Uint8Array) => dlibHog({ ...readHogDetector(file), overlap: OVERLAP })
  for (const [what, file, message] of [
    ['another version', detector([filter(3)], { version: 1 }), /an object detector of version 1/],
    ['pictures in it', detector([filter(3)], { pictures: 1 }), /1 pictures/],
    ['no filters', detector([]), /contradicts itself/],
    ['a filter too short', detector([filter(3).slice(1)]), /filters of 3100 numbers/],
    ['bytes after it', joined(detector([filter(3)]), integer(0)), /2 bytes after/],
    ['cells of another size', detector([filter(3)], { cell: 4 }), /was expected; this is/],
    ['a detector that takes black for a face', detector([filter(-1)]), /takes black for a face/],
    ['an overlap of its own', detector([filter(3)]), undefined]
  ] as const) {
    if (message) t.throws(() => read(file), { name: 'ConversionError', message }, what)
    else t.throws(() => dlibHog(readHogDetector(file)), { name: 'ConversionError', message: /was expected/ }, what)
  }
})

t.test('damaged files are refused with a message', async (t) => survives(t, detector([filter(3)]), readHogDetector, 200))

/** As in `frontal_face_detector.h`. */
const OVERLAP = { hull: 0.33008212188056446, covered: 0.7885714285714286 }
