import { conversionError } from '../../conversion-error.ts'
import { decompress } from './decompress.ts'

/** A line of the source that writes base64 text to a stream. */
const LINE = /sout << "([A-Za-z0-9+/=]+)";/g

/**
 * Returns the data that a dlib source file embeds as text: `frontal_face_detector.h` contains its detector, compressed, in base64.
 * @throws {Error} ConversionError when the file embeds nothing, or the data is damaged.
 */
export function embedded (source: Uint8Array): Uint8Array {
  const lines = [...new TextDecoder('latin1').decode(source).matchAll(LINE)].map(([, text]) => text)
  if (lines.length === 0) throw conversionError('The source file has no base64 in lines like sout << "…"; dlib\'s frontal_face_detector.h is expected.')
  return decompress(Buffer.from(lines.join(''), 'base64'))
}
