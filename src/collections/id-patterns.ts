/** Patterns of texts, and below how a client is told of them. */
export const ID = '^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}$'
/** Query strings are texts: nothing is coerced. */
export const LIMIT = '^([1-9][0-9]{0,2}|1000)$'

export const PATTERNS: Readonly<Record<string, string>> = {
  [ID]: 'must be 1 to 64 of A-Z a-z 0-9 . _ @ + -, the first not a dot',
  [LIMIT]: 'must be a whole number from 1 to 1000'
}
