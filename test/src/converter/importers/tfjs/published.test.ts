/** Compares the published TF.js models of the cards with TF.js itself, on photos. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { InferenceSession, Tensor as Value } from 'onnxruntime-node'
import sharp from 'sharp'
import t from 'tap'
import type { GraphConversion } from '../../../../../src/converter/conversion.ts'
import { convert } from '../../../../../src/converter/convert.ts'
import type { Card } from '../../../../../src/models/card.ts'
import { cards } from '../../../../../src/models/catalogue.ts'
import { graphConversion } from '../../../../../src/models/model-files.ts'
import { difference, type Result } from '../../small-worlds.ts'

const folderOf = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
const PHOTOS = join(folderOf('@vladmandic/face-api'), 'demo')
const MODELS = process.env['MODELS_PATH'] ?? 'onnx-models'
/** Photos of one face and of several. The network gets the whole photo, stretched to its input size. */
const SAMPLES = ['sample1.jpg', 'sample4.jpg']

/** Returns the published files; undefined when they have not been downloaded. */
async function published ({ files }: Card): Promise<Map<string, Uint8Array> | undefined> {
  try {
    return new Map(await Promise.all(files.map(async ({ name, sha256 }) => [name, await readFile(join(MODELS, 'sources', sha256!.slice(0, 12), name))] as const)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A photo as uint8 [h, w, channels]. */
const pixelsOf = async (name: string, [height, width]: readonly [number, number], isGrey: boolean): Promise<Uint8Array> =>
  sharp(join(PHOTOS, name)).resize(width, height, { fit: 'fill' }).toColourspace(isGrey ? 'b-w' : 'srgb').removeAlpha().raw().toBuffer()

/** Runs TF.js on one picture, whose pixels are scaled as the card says. */
function inTensorFlow (
  model: tf.GraphModel,
  pixels: Uint8Array,
  { input: { mean, std, size = [0, 0] } }: GraphConversion,
  outputs: readonly string[]
): Result[] {
  return tf.tidy(() => {
    const scaled = tf.div(tf.sub(tf.tensor4d(pixels, [1, ...size, mean.length], 'float32'), tf.tensor1d([...mean])), tf.tensor1d([...std])) as tf.Tensor4D
    return [model.execute(scaled, [...outputs])].flat().map((tensor) => ({ dims: tensor.shape, data: tensor.dataSync() }))
  })
}

for (const card of (cards as readonly Card[]).filter(({ conversion }) => conversion.format === 'tfjs')) {
  const files = await published(card)
  t.test(`${card.name} matches TF.js ${tf.version_core} to 1e-4 on every output`, { skip: !files && `the published files are not in ${join(MODELS, 'sources')}: npm run models -- fetch ${card.name}` }, async (t) => {
    // An order of magnitude faster than the plain JavaScript backend.
    setWasmPaths(join(folderOf('@tensorflow/tfjs-backend-wasm'), 'dist/'))
    await tf.setBackend('wasm')
    const conversion = graphConversion(card)
    // All outputs of the signature or the graph, not only those that the card keeps.
    const { outputs: _, ...whole } = conversion
    const session = await InferenceSession.create(convert(whole, files!), { intraOpNumThreads: 1, logSeverityLevel: 3 })
    const { modelTopology, weightsManifest: [group], signature } = JSON.parse(new TextDecoder().decode(files!.get(card.files[0]!.name)))
    const data = files!.get(card.files[1]!.name)!
    const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs: group.weights, weightData: Uint8Array.from(data).buffer, signature }))

    const { size = [0, 0], channels } = conversion.input
    const pixels = await Promise.all(SAMPLES.map((name) => pixelsOf(name, size, channels === 'GRAY')))
    const names = session.outputNames
    t.ok((conversion.outputs ?? []).every((name) => names.includes(name)), 'it has the outputs that the card keeps')
    const run = async (batch: readonly Uint8Array[]): Promise<Result[]> => {
      const outputs = await session.run({ image: new Value('uint8', Uint8Array.from(Buffer.concat(batch)), [batch.length, ...size, channels === 'GRAY' ? 1 : 3]) })
      return names.map((name) => ({ dims: outputs[name]!.dims, data: outputs[name]!.data as Float32Array }))
    }
    const singles = await Promise.all(pixels.map((one) => run([one])))
    for (const [i, one] of pixels.entries()) {
      const expected = inTensorFlow(model, one, conversion, names.map((name) => signature?.outputs?.[`${name}:0`]?.name ?? signature?.outputs?.[name]?.name ?? name))
      for (const [k, name] of names.entries()) {
        t.strictSame(singles[i]![k]!.dims, expected[k]!.dims)
        const off = difference(expected[k]!, singles[i]![k]!)
        t.ok(off <= 1e-4, `${SAMPLES[i]}, ${name} [${expected[k]!.dims.join()}]: differs by ${off}`)
      }
    }
    for (const [k, both] of (await run(pixels)).entries()) {
      const apart = { dims: both.dims, data: Float32Array.from(singles.flatMap((one) => Array.from(one[k]!.data))) }
      t.ok(difference(apart, both) <= 1e-5, `${names[k]}: two pictures in one run match two runs`)
    }
    model.dispose()
    await session.release()
  })
}
