import { readFileSync } from 'node:fs'
import t from 'tap'
import { cards } from '../src/models/index.ts'
import { toManifest } from '../src/models/manifest.ts'

t.test('onnx-models/manifest.json says what the cards say', async (t) => {
  t.equal(readFileSync('onnx-models/manifest.json', 'utf8'), toManifest(cards), 'else run: npm run generate')
})
