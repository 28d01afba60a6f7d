/** Spellings of true and false in lower case, of environment variables and forms: pydantic accepts them all, and HTML forms send `on`. */
export const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  [['true', 'yes', 'on', '1'], ['false', 'no', 'off', '0']].flatMap((words, i) => words.map((word) => [word, i === 0] as const))
)
