import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from '../src/commands/command-line.ts'
import { generatedFiles } from './generated/generated-files.ts'

export const HELP = `Usage: npm run generate

Writes the files that are generated from the code: the documents in openapi/, onnx-models/manifest.json, .env.example and the tables of the
documentation. Run it in the root of the repository.
`

/** The tool `generate`. */
export const command: Command = async ({ out }) => {
  const read = (path: string): Promise<string> => readFile(path, 'utf8')
  for (const [path, text] of Object.entries(await generatedFiles(read))) {
    if (await read(path) === text) continue
    await writeFile(path, text)
    out(`${path} is written\n`)
  }
  return 0
}
