/**
 * `npm run tool -- bench-conversion`: what it takes to convert the largest Keras files. For each, weights made by a formula are packed
 * as the authors' file, and converted in a process of its own, which prints seconds and its peak memory beside the file's size.
 * Ends with 1 when one takes a minute or three times its file. Needs the file descriptions in ../shared/keras.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convert } from '../src/converter/convert.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { packFormula } from './formula.ts'

const MODELS = ['VGG-Face', 'DeepFace', 'ArcFace']
const [task, model = '', path = ''] = process.argv.slice(2)

interface Cost { readonly seconds: number, readonly peak: number, readonly size: number, readonly graph: number }

if (task === 'pack') await packFormula(model, path)
else if (task === 'convert') await measure()
else await all()

/** Peak memory is the whole process's, Node itself (some 60 MB) and the result included. */
async function measure (): Promise<void> {
  const start = performance.now()
  const bytes = await readFile(path)
  const graph = convert(cardNamed(model).conversion, new Map([[model, bytes]]))
  await writeFile(`${path}.onnx`, graph)
  const cost: Cost = { seconds: (performance.now() - start) / 1000, peak: process.resourceUsage().maxRSS * 1024, size: bytes.length, graph: graph.length }
  process.stdout.write(JSON.stringify(cost))
}

async function all (): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'visage-conversion-'))
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(0).padStart(6)
  try {
    console.log('model       file MB  graph MB   peak MB   peak/file   seconds')
    for (const name of MODELS) {
      const file = join(folder, `${name}.h5`)
      const run = (what: string): string => execFileSync(process.execPath, [fileURLToPath(import.meta.url), what, name, file], { encoding: 'utf8' })
      run('pack')
      const { seconds, peak, size, graph } = JSON.parse(run('convert')) as Cost
      console.log(`${name.padEnd(10)} ${mega(size)}   ${mega(graph)}    ${mega(peak)}   ${(peak / size).toFixed(2).padStart(8)}   ${seconds.toFixed(1).padStart(7)}`)
      if (seconds >= 60 || peak >= 3 * size) process.exitCode = 1
      await Promise.all([rm(file), rm(`${file}.onnx`)])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
