/** Pattern of ids. `PATTERNS` describes it to clients. */
export const ID = '^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}$'
/** Pattern of page sizes: a query string holds text, and nothing is coerced. */
export const LIMIT = '^([1-9][0-9]{0,2}|1000)$'

/** Sentences for the errors of these patterns, without the name of the field. */
export const PATTERNS: Readonly<Record<string, string>> = {
  [ID]: 'must be 1 to 64 of A-Z a-z 0-9 . _ @ + -, the first not a dot',
  [LIMIT]: 'must be a whole number from 1 to 1000'
}
