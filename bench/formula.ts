import { readFile } from 'node:fs/promises'

/** Where a Keras file is described, by the name it has there. */
export const descriptionOf = (model: string): string => `../shared/keras/${model}.json`

/** Packs the Keras file of `model` at `path`, with weights made by a formula in the place of its authors', and reads it. */
export async function packFormula (model: string, path: string): Promise<Uint8Array> {
  // Here alone, so that a process that is measured does not load libhdf5.
  const [{ formulaWeights }, { packKeras }] = await Promise.all([import('../test/keras/formula.ts'), import('../test/keras/pack.ts')])
  const { file, gain } = JSON.parse(await readFile(descriptionOf(model), 'utf8'))
  return await packKeras(path, file, ({ index, role, shape }) => formulaWeights(index, role, shape, gain))
}
