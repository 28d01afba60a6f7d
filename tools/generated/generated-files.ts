import { cards } from '../../src/models/catalogue.ts'
import { toManifest } from '../../src/models/manifest.ts'
import { envExample } from './env-example.ts'
import { openapiDocument } from './openapi-document.ts'
import { withTables } from './tables.ts'

/**
 * The files that follow from the code, by path from the root of the repository: what they must hold. Of the README only the tables do.
 * @param read the text of a file there.
 */
export const generatedFiles = async (read: (path: string) => Promise<string>): Promise<Record<string, string>> => ({
  'openapi/openapi.json': await openapiDocument(),
  'onnx-models/manifest.json': toManifest(cards),
  '.env.example': envExample(),
  'README.md': withTables(await read('README.md'))
})
