import { conversionError } from '../../conversion-error.ts'
import type { Value } from './value.ts'

/** The stack of the pickle machine. Marks delimit values that belong together. */
export interface Stack {
  readonly push: (value: Value) => void
  readonly pop: () => Value
  /** Returns the topmost value without removing it. */
  readonly top: () => Value
  readonly mark: () => void
  /** Removes and returns all values above the last mark, and removes the mark. */
  readonly popToMark: () => Value[]
}

/** Creates an empty stack. `pop`, `top` and `popToMark` throw a ConversionError when there is nothing to take. */
export function stackOf (): Stack {
  const values: Value[] = []
  const marks: number[] = []
  const expectOne = (): void => {
    if (values.length <= (marks.at(-1) ?? 0)) throw conversionError('The pickle is damaged: it takes a value that it never made.')
  }
  return {
    push: (value) => { values.push(value) },
    pop () {
      expectOne()
      return values.pop()!
    },
    top () {
      expectOne()
      return values.at(-1)!
    },
    mark: () => { marks.push(values.length) },
    popToMark () {
      const start = marks.pop()
      if (start === undefined) throw conversionError('The pickle is damaged: it goes back to a mark that it never set.')
      return values.splice(start)
    }
  }
}
