import t from 'tap'
import { withApiKeys } from '../../../src/schemas/document/api-keys.ts'

const isOpen = (path: string): boolean => path === '/health'

t.test('operations take an API key in either header, unless they are open', async (t) => {
  const document = {
    openapi: '3.1.0',
    components: { schemas: { Error: {} } },
    paths: { '/health': { get: { operationId: 'getHealth' } }, '/api/v1/verify': { post: { operationId: 'verify' } } }
  }
  t.strictSame(withApiKeys(document, { areRequired: true, isOpen }), {
    openapi: '3.1.0',
    components: {
      schemas: { Error: {} },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'One of API_KEYS. A service without API_KEYS needs none.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'One of API_KEYS. A service without API_KEYS needs none.' }
      }
    },
    security: [{ apiKey: [] }, { bearer: [] }],
    paths: { '/health': { get: { operationId: 'getHealth', security: [] } }, '/api/v1/verify': { post: { operationId: 'verify' } } }
  })
  const optional = withApiKeys(document, { areRequired: false, isOpen })
  t.strictSame((optional as { security?: unknown }).security, [{}, { apiKey: [] }, { bearer: [] }], 'a key may be sent where none is required')
})
