interface Document {
  readonly components?: object
  readonly paths?: Readonly<Record<string, object | undefined>>
}

export interface ApiKeyRules {
  /** Whether requests without a key are refused. When false, a key may still be sent. */
  readonly areRequired: boolean
  /** Whether a path needs no key in any case. */
  readonly isOpen: (path: string) => boolean
}

const ABOUT = 'One of API_KEYS. A service without API_KEYS needs none.'

/** Adds the two ways to send an API key to the document. Every operation that is not open takes one. */
export function withApiKeys<Doc extends Document> (document: Doc, { areRequired, isOpen }: ApiKeyRules): Doc {
  const { components = {}, paths = {} } = document
  const open = (operations: object) => Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, { ...operation, security: [] }]))
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: ABOUT },
        bearer: { type: 'http', scheme: 'bearer', description: ABOUT }
      }
    },
    security: [...(areRequired ? [] : [{}]), { apiKey: [] }, { bearer: [] }],
    paths: Object.fromEntries(Object.entries(paths).map(([path, operations = {}]) => [path, isOpen(path) ? open(operations) : operations]))
  }
}
