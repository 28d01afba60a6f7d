/** `npm run generate`: writes the files that follow from the code. Run it in the root of the repository. */
import { readFile, writeFile } from 'node:fs/promises'
import { generated } from './generated.ts'

const read = (path: string): Promise<string> => readFile(path, 'utf8')

for (const [path, text] of Object.entries(await generated(read))) {
  if (await read(path) === text) continue
  await writeFile(path, text)
  process.stdout.write(`${path} is written\n`)
}
