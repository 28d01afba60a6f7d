/** Pattern of ids. `PATTERNS` describes it to clients. */
export const ID = '^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}$'
/** Pattern of the cursors of pages. */
export const CURSOR = '^[A-Za-z0-9_-]{1,64}$'

/** Sentences for the errors of these patterns, without the name of the field. */
export const PATTERNS: Readonly<Record<string, string>> = {
  [ID]: 'must be 1 to 64 of A-Z a-z 0-9 . _ @ + -, the first not a dot',
  [CURSOR]: 'must be the `next` of the page before'
}
