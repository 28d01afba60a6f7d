import { join } from 'node:path'
import { cards } from '../../src/models/catalogue.ts'
import { toManifest } from '../../src/models/manifest.ts'
import { FOLDERS } from '../rooms.ts'
import { drawRooms } from '../rooms/drawing.ts'
import { readImports, readSources } from '../rooms/read-imports.ts'
import { readRooms } from '../rooms/rooms-table.ts'
import { structureOf } from '../rooms/structure.ts'
import { envExample } from './env-example.ts'
import { openapiDocument } from './openapi/document.ts'
import { openapi30 } from './openapi/openapi-3-0.ts'
import { sdkDocument } from './openapi/sdk-document.ts'
import { configTable, errorTable, modelTable, withTables } from './tables.ts'

/** The generated parts of documents, by path of the document and name of the part. */
const partsOfDocuments = (root: string): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  'docs/architecture.md': { rooms: roomsOf(root) },
  'docs/configuration.md': { config: configTable() },
  'docs/errors.md': { errors: errorTable() },
  'docs/models.md': { models: modelTable() }
})

/**
 * Returns the texts of all files that follow from the code, by path from the root of the repository. Of documents, only the parts between
 * markers are generated.
 * @param read returns the text of a file, by path from the root of the repository.
 * @param root path of the root of the repository, from where sources are read.
 */
export async function generatedFiles (read: (path: string) => Promise<string>, root = '.'): Promise<Record<string, string>> {
  const documents = Object.entries(partsOfDocuments(root)).map(async ([path, parts]) => [path, withTables(await read(path), parts)] as const)
  const document = await openapiDocument()
  const sdk = sdkDocument(document)
  return {
    'openapi/openapi.json': toJson(document),
    'openapi/sdk.json': toJson(sdk),
    'openapi/openapi-3.0.json': toJson(openapi30(sdk)),
    'onnx-models/manifest.json': toManifest(cards),
    '.env.example': envExample(),
    ...Object.fromEntries(await Promise.all(documents))
  }
}

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** The rooms of `rooms.json` with the imports that the sources have. */
function roomsOf (root: string): string {
  const rooms = readRooms(join(root, 'rooms.json'))
  const sources = readSources(root, FOLDERS)
  return drawRooms(rooms, structureOf(sources, readImports(sources), rooms))
}
