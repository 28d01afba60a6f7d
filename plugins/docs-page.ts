import swaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The parts of Swagger UI's objects that are used here. */
interface SchemaMap { readonly get: (key: string) => unknown, readonly has: (key: string) => boolean }
type Sample = (schema: SchemaMap, mediaType: string | false, ...rest: unknown[]) => unknown
interface System { readonly fn: { getSampleSchema: Sample } }

/**
 * A plugin of Swagger UI, which runs in the browser: fields of forms without a default begin empty. Swagger UI fills them with samples, such as the
 * highest threshold there is, and sends them: everybody would be the same person. Written without what is outside, since only its text gets there.
 */
const formsBeginEmpty = () => ({
  afterLoad (this: System) {
    const sample = this.fn.getSampleSchema
    this.fn.getSampleSchema = (schema, mediaType, ...rest) => {
      // The fields of forms are asked for without a media type.
      if (mediaType !== false || schema.has('default')) return sample(schema, mediaType, ...rest)
      return schema.get('type') === 'array' ? [] : ''
    }
  }
})

/** Deletions come last, what is inside before what holds it: who tries one operation after the other needs what they delete. Runs in the browser too. */
const deletionsLast = (a: SchemaMap, b: SchemaMap): number => {
  const [isFirst, isSecond] = [a.get('method') === 'delete', b.get('method') === 'delete']
  return isFirst && isSecond ? String(b.get('path')).length - String(a.get('path')).length : Number(isFirst) - Number(isSecond)
}

const CSS = `
/* The top bar only holds an address field for other documents. */
.swagger-ui .topbar { display: none }
/* Answers are long: pictures, vectors, and an example of each error. */
.swagger-ui .responses-table .highlight-code > .microlight { max-height: 14em; overflow: auto }
.swagger-ui .responses-table .live-responses-table .highlight-code > .microlight { max-height: 30em }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px }
  .swagger-ui .opblock .opblock-summary-description, .swagger-ui .response-col_links { display: none }
  .swagger-ui table.parameters, .swagger-ui .parameters tbody, .swagger-ui .parameters tr, .swagger-ui .parameters td { display: block; width: 100% }
  .swagger-ui input[type=text], .swagger-ui input[type=file], .swagger-ui textarea, .swagger-ui select { min-width: 0; max-width: 100% }
}`

/** The page is drawn without this as for a desk, and shrunk on a phone. @fastify/swagger-ui has no option for it. */
const VIEWPORT = `const viewport = document.createElement('meta')
viewport.name = 'viewport'
viewport.content = 'width=device-width, initial-scale=1'
document.head.append(viewport)
`

const uiConfig: FastifySwaggerUiOptions['uiConfig'] = {
  deepLinking: true,
  docExpansion: 'list',
  tryItOutEnabled: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  defaultModelsExpandDepth: 0,
  operationsSorter: deletionsLast as never,
  plugins: [formsBeginEmpty]
}

/** Serves the OpenAPI document as Swagger UI at /docs, with local assets. */
export default fp(async (fastify) => {
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Over plain HTTP, as in most internal networks, browsers would request the assets by HTTPS and show an empty page.
    transformStaticCSP: (header) => header.replace(/\s*upgrade-insecure-requests;?/, '').replace(' validator.swagger.io', ''),
    uiConfig,
    theme: { title: 'Visage', css: [{ filename: 'theme.css', content: CSS }], js: [{ filename: 'theme.js', content: VIEWPORT }] }
  })
}, { name: 'docs-page', dependencies: ['openapi'] })
