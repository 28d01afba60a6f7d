import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { generatedFiles } from '../../tools/generated/generated-files.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFile(join(root, path), 'utf8')

t.test('the committed files are those that the code generates', async (t) => {
  for (const [path, text] of Object.entries(await generatedFiles(read, root))) t.equal(await read(path), text, `${path}; else run: npm run generate`)
})
