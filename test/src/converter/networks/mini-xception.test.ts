import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { encode } from '../../../../src/converter/graph/encode-model.ts'
import { importKeras } from '../../../../src/converter/importers/keras/import-keras.ts'
import { miniXception } from '../../../../src/converter/networks/mini-xception.ts'
import { formula } from '../../../keras/formula.ts'
import { withReferences } from '../../../keras/reference.ts'
import { rewritten } from '../../../keras/rewritten.ts'
import { SHARED } from '../../../shared.ts'

interface Case {
  readonly input: { readonly sample: number, readonly scale: number, readonly offset: number }
  readonly outputs: ReadonlyArray<{ readonly values: readonly number[] }>
}

t.test('mini-Xception with its authors\' own file gives what Keras gives', withReferences, async (t) => {
  const { cases } = JSON.parse(await readFile(new URL('keras/mini_xception.json', SHARED), 'utf8')) as { readonly cases: readonly Case[] }
  const graph = importKeras(await readFile(new URL('weights/fer2013_mini_XCEPTION.102-0.66.hdf5', SHARED)), miniXception)
  const session = await InferenceSession.create(encode(rewritten(graph)))
  for (const { input: { sample, scale, offset }, outputs: [expected] } of cases) {
    const number = formula(`input${sample}`)
    const pixels = Float32Array.from({ length: 64 * 64 }, (_, i) => number(i) * scale + offset)
    const { probabilities } = await session.run({ input: new Tensor('float32', pixels, [1, 1, 64, 64]) })
    const worst = Math.max(...expected!.values.map((value, i) => Math.abs((probabilities!.data[i] as number) - value)))
    t.ok(worst <= 1e-5, `sample ${sample}: off by ${worst.toExponential(1)}`)
  }
  await session.release()
})
