import type { Tensor } from '../../graph/tensor.ts'
import { readZip } from '../zip.ts'
import { readNpy } from './npy.ts'

/**
 * The arrays of a `.npz` file by name: a zip of `.npy` files, packed or not (NumPy 2.2 `numpy.savez`).
 * @throws {Error} ConversionError as `readZip` and `readNpy`.
 */
export const readNpz = (bytes: Uint8Array): Map<string, Tensor> =>
  new Map([...readZip(bytes)].map(([name, file]) => [name.replace(/\.npy$/, ''), readNpy(file, name)]))
