/** A character that belongs to no flat list of numbers. */
const FOREIGN = /[^-+0-9.eE,\t\n\r ]/

/**
 * Reads a flat list of numbers that comes piece by piece, so that neither its text becomes long nor its parsing holds the event loop.
 * @param longest most bytes of a number, and of `source`.
 */
export function numberList (longest: number) {
  const numbers: number[] = []
  let source: string[] | undefined = ['[']
  let length = 1
  // Characters behind the last comma.
  let rest = ''

  /** @throws {SyntaxError} when `text` is no list of numbers. */
  function keep (text: string): void {
    const parsed = JSON.parse(`[${text}]`) as number[]
    // Between two commas.
    if (parsed.length === 0) throw new SyntaxError('A list has an empty place.')
    for (const number of parsed) numbers.push(number)
  }

  return {
    /** How many numbers have come. */
    get size (): number { return numbers.length },
    /** The text so far, from the bracket on; undefined when it is longer than `longest`. */
    get source (): readonly string[] | undefined { return source },
    /** Takes characters of the list; false, and nothing is taken, when some belong to no number. @throws {SyntaxError} */
    write (piece: string): boolean {
      if (FOREIGN.test(piece)) return false
      length += piece.length
      if (length > longest) source = undefined
      source?.push(piece)
      const comma = piece.lastIndexOf(',')
      if (comma < 0) rest += piece
      else {
        keep(rest + piece.slice(0, comma))
        rest = piece.slice(comma + 1)
      }
      if (rest.length > longest) throw new SyntaxError('A number is too long.')
      return true
    },
    /** Returns the numbers. @throws {SyntaxError} */
    end (): readonly number[] {
      if (numbers.length > 0 || rest.trim() !== '') keep(rest)
      return numbers
    }
  }
}
