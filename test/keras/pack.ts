/** Writes Keras HDF5 files with libhdf5, through h5wasm. */
import { readFile } from 'node:fs/promises'
import h5wasm, { type Group } from 'h5wasm/node'

/** Description of a file in ../shared/keras/<Model>.json. */
export interface FileDescription {
  /** '' or 'model_weights'. */
  readonly root: string
  readonly layers: ReadonlyArray<{
    readonly name: string
    readonly weights: ReadonlyArray<{ readonly index: number, readonly name: string, readonly shape: readonly number[], readonly role: string }>
  }>
}

export type Values = (weight: FileDescription['layers'][number]['weights'][number]) => Float32Array

/** Packs a file at `path`, tensor by tensor, and reads it. */
export async function packKeras (path: string, { root, layers }: FileDescription, values: Values): Promise<Uint8Array> {
  await h5wasm.ready
  const file = new h5wasm.File(path, 'w')
  try {
    const top = root === '' ? file : file.create_group(root)
    setNames(top, 'layer_names', layers.map(({ name }) => name))
    for (const { name, weights } of layers) {
      const group = top.create_group(name)
      setNames(group, 'weight_names', weights.map(({ name }) => name))
      for (const weight of weights) {
        const folders = weight.name.split('/')
        const last = folders.pop()!
        const inner = folders.reduce((group, folder) => group.get(folder) as Group ?? group.create_group(folder), group)
        inner.create_dataset({ name: last, data: values(weight), shape: [...weight.shape], dtype: '<f4' })
      }
    }
  } finally {
    file.close()
  }
  return await readFile(path)
}

/** Writes fixed-length strings, as Keras does; an empty list is float64, as NumPy makes it. */
function setNames (group: Group, attribute: string, names: readonly string[]): void {
  if (names.length === 0) group.create_attribute(attribute, new Float64Array(), [0], '<d')
  else group.create_attribute(attribute, [...names], [names.length], `S${Math.max(...names.map(({ length }) => length))}`)
}
