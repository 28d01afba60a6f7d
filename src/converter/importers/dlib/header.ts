import { conversionError } from '../../conversion-error.ts'
import { decompress } from './decompress.ts'

/** A line of text that the source writes to the stream of base64. */
const LINE = /sout << "([A-Za-z0-9+/=]+)";/g

/**
 * What a source file of dlib's holds as text: `frontal_face_detector.h` has its detector in it, compressed, in base64.
 * @throws {Error} ConversionError when there is none, or it is damaged.
 */
export function embedded (source: Uint8Array): Uint8Array {
  const lines = [...new TextDecoder('latin1').decode(source).matchAll(LINE)].map(([, text]) => text)
  if (lines.length === 0) throw conversionError('The source file has no base64 in lines like sout << "…"; dlib\'s frontal_face_detector.h is expected.')
  return decompress(Buffer.from(lines.join(''), 'base64'))
}
