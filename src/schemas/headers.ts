/** Headers of some responses, by their names; those of all responses are added to the document by themselves. */
const HEADERS = {
  'Collection-Version': { type: 'string', description: 'Version of the collection that the answer includes; of a write, the one to ask for with `at_least`.' },
  'Idempotent-Replayed': { type: 'string', description: '`true` where the write had been made before, under the same Idempotency-Key, and this is its answer.' },
  Location: { type: 'string', description: 'Address of what was made.' },
  'Content-Disposition': { type: 'string', description: 'A name for the file.' }
} as const

export type AnswerHeader = keyof typeof HEADERS

/** Schemas of these headers. */
export const answerHeaders = (names: readonly AnswerHeader[]) => Object.fromEntries(names.map((name) => [name, HEADERS[name]]))
