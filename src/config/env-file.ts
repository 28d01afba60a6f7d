import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from '../errors.ts'
import { isErrno } from '../system/errno.ts'

/** Byte order marks and the encodings that they announce. */
const MARKS = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' }
] as const

/** A line that sets a variable, as `parseEnv` reads it. */
const ASSIGNMENT = /^\s*(?:export\s+)?[^\s=#]+\s*=\s*(.*)$/

/**
 * Reads the variables of a `.env` file; none when the file does not exist. UTF-8 and UTF-16 with a byte order mark are read as well as plain
 * UTF-8: editors write them, and a variable that is lost in silence may be API_KEYS.
 * @throws {ConfigError} when the file has another encoding, or a line is neither a variable, a comment nor empty.
 */
export function readEnvFile (path: string): NodeJS.ProcessEnv {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {}
    throw error
  }
  // Old Macs end lines with a carriage return alone, which parseEnv would take for a part of the first value.
  const statements = statementsOf(decoded(bytes, path).replace(/\r\n?/g, '\n').split('\n'), path)
  return parseEnv(statements.join('\n')) as NodeJS.ProcessEnv
}

/** Decodes the file. @throws {ConfigError} when it is not UTF-8 and has no byte order mark. */
function decoded (bytes: Uint8Array, path: string): string {
  const mark = MARKS.find(({ bytes: start }) => start.every((byte, i) => bytes[i] === byte))
  try {
    const text = new TextDecoder(mark?.encoding ?? 'utf-8', { fatal: true }).decode(bytes)
    // UTF-16 and UTF-32 without a mark, and UTF-32 with one, are full of NUL characters.
    if (!text.includes('\0')) return text
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  throw new ConfigError([`${path} is not UTF-8 text. Save it as UTF-8: its variables, API_KEYS among them, cannot be read.`])
}

/**
 * Returns the lines that set variables, without comments: Node 20's `parseEnv` takes an indented comment for a part of the next name. A value in
 * quotes may span lines; an unclosed quote is a character like any other.
 * @throws {ConfigError} for a line that is neither a variable, a comment nor empty.
 */
function statementsOf (lines: readonly string[], path: string): string[] {
  const statements: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (/^\s*(#.*)?$/.test(line)) continue
    const value = ASSIGNMENT.exec(line)?.[1]
    if (value === undefined) {
      throw new ConfigError([
        `Line ${i + 1} of ${path} is neither NAME=value, a comment (#) nor empty. Correct it: a variable that is not understood may be one that protects the service.`
      ])
    }
    const quote = /^["'`]/.exec(value)?.[0]
    const end = quote === undefined || value.includes(quote, 1) ? i : lines.findIndex((other, k) => k > i && other.includes(quote))
    statements.push(...lines.slice(i, Math.max(i, end) + 1))
    i = Math.max(i, end)
  }
  return statements
}
