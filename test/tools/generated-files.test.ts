import { readFile } from 'node:fs/promises'
import t from 'tap'
import { generatedFiles } from '../../tools/generated/generated-files.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

t.test('what follows from the code is what was committed', async (t) => {
  for (const [path, text] of Object.entries(await generatedFiles(read))) t.equal(await read(path), text, `${path}; else run: npm run generate`)
})
